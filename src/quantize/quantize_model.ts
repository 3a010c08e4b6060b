import type { ExecuteOptions, ExecuteProgress } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import {
  type DataType,
  type SampleSource,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../tensor/mod.ts";
import { calibrate, type CalibrateOptions } from "./calibrate.ts";
import { Calibration, fingerprint } from "./calibration.ts";
import { encodeActivations } from "./encode_activations.ts";
import { encodeParameters } from "./encode_parameters.ts";
import { fillGaps } from "./fill_gaps.ts";
import { observeParameters } from "./observe_parameters.ts";
import type { PlacementOptions } from "./placement.ts";
import { prepareModel, type PrepareOptions } from "./prepare_model.ts";
import type { QuantizedModel, QuantizedTensor } from "./quantized_tensor.ts";
import type { QuantizeProgress } from "./quantize_progress.ts";
import type { RangeMethodName } from "./range_methods.ts";
import { NO_OVERRIDES, readOverrides } from "./read_overrides.ts";

/** Options for {@linkcode quantizeModel}. */
export interface QuantizeOptions
  extends Omit<ExecuteOptions, "onProgress">, PlacementOptions, PrepareOptions {
  /**
   * How ranges of weights are chosen.
   *
   * @default {"tf"}
   */
  readonly weightMethod?: RangeMethodName;
  /**
   * How ranges of activations are chosen.
   *
   * @default {"tf"}
   */
  readonly activationMethod?: RangeMethodName;
  /**
   * Bits of a stored weight.
   *
   * @default {8}
   */
  readonly weightBitwidth?: 4 | 8 | 16;
  /**
   * Bits of an activation.
   *
   * @default {8}
   */
  readonly activationBitwidth?: 8 | 16;
  /**
   * Bits of a stored bias.
   *
   * @default {8}
   */
  readonly biasBitwidth?: 8 | 32;
  /**
   * The least width of a range.
   *
   * @default {0.01}
   */
  readonly minimumRange?: number;
  /**
   * Uses the encodings that came with the model (`model.overrides`) in place of computed ones.
   *
   * @default {false}
   */
  readonly useOverrides?: boolean;
  /**
   * Quantizes by overrides alone, without samples: what they leave open becomes float, but for values
   * that only move data of quantized ones, and biases of quantized layers.
   *
   * @default {false}
   */
  readonly floatFallback?: boolean;
  /**
   * Bits of tensors that {@linkcode QuantizeOptions.floatFallback} makes float.
   *
   * @default {32}
   */
  readonly floatBitwidth?: 16 | 32;
  /** Bits of biases in float layers; those of the layer by default. */
  readonly floatBiasBitwidth?: 16 | 32;
  /** Called with a sentence for what the user should know. */
  readonly onNotice?: (notice: string) => void;
  /** Called while weights are observed and samples run. */
  readonly onProgress?: (progress: QuantizeProgress) => void;
}

/** How codes of each bit width are stored. */
const STORAGE: ReadonlyMap<number, DataType> = new Map<number, DataType>([
  [4, "uint4"],
  [8, "uint8"],
  [16, "uint16"],
  [32, "int32"],
]);

/**
 * Quantizes a network after training. Two passes: here ranges are gathered, from a stream of every
 * weight and a sweep of the samples, and become encodings; the weights are encoded later, while
 * somebody reads or writes them. The result still runs in float32, with its weights on their grids.
 *
 * @param model The float network.
 * @param calibration The calibration samples, or what was observed of them before; `undefined` with
 *   `floatFallback`.
 * @param options Methods, bit widths, limits, engine, abort signal, progress.
 * @returns The network with encodings; it shares the files of `model`.
 * @throws {FormatError} If the network is already quantized, a sample is bad, or a weight or an
 *   activation is NaN or infinite.
 * @throws {UnsupportedError} If the network computes in another type than float32.
 * @throws {RangeError} If an option is out of range or the calibration is of another network.
 */
export async function quantizeModel(
  model: Model,
  calibration: SampleSource | Calibration | undefined,
  options: QuantizeOptions = {},
): Promise<QuantizedModel> {
  const {
    weightMethod = "tf",
    activationMethod = "tf",
    weightBitwidth = 8,
    activationBitwidth = 8,
    biasBitwidth = 8,
    minimumRange = 0.01,
    useOverrides = false,
    floatFallback = false,
    floatBitwidth = 32,
    floatBiasBitwidth,
    onNotice,
    onProgress,
    engine,
    ...shared
  } = options;
  checkOption("weight bit width", weightBitwidth, [4, 8, 16]);
  checkOption("activation bit width", activationBitwidth, [8, 16]);
  checkOption("bias bit width", biasBitwidth, [8, 32]);
  checkCalibration(model, calibration, { useOverrides, floatFallback });
  const prepared = await prepareModel(model, shared);
  const given = useOverrides
    ? readOverrides(prepared, { floatBiasBitwidth, onNotice })
    : NO_OVERRIDES;
  const overrides = floatFallback
    ? fillGaps(prepared, given, { ...shared, floatBitwidth, floatBiasBitwidth })
    : given;
  const { floats } = overrides;

  const parameters = encodeParameters(
    prepared,
    await observeParameters(prepared, {
      ...shared,
      method: weightMethod,
      except: new Set([...overrides.parameters.keys(), ...floats.keys()]),
      ...(onProgress === undefined ? {} : { onProgress }),
    }),
    {
      method: weightMethod,
      weightBitwidth,
      biasBitwidth,
      minimumRange,
      overrides: overrides.parameters,
      bitwidths: overrides.bitwidths,
    },
  );
  const ranges = await observe(prepared, calibration, {
    ...shared,
    method: activationMethod,
    except: new Set([...overrides.activations.keys(), ...floats.keys()]),
    ...(engine === undefined ? {} : { engine }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: (state: ExecuteProgress) => onProgress(calibrateProgress(state)) }),
  });
  if (ranges.model !== fingerprint(prepared)) {
    throw new RangeError(`Cannot quantize "${model.name}": the calibration is of another network`);
  }
  const activations = encodeActivations(prepared, ranges, {
    ...shared,
    bitwidth: activationBitwidth,
    minimumRange,
    overrides: overrides.activations,
    bitwidths: overrides.bitwidths,
    floats: new Set(floats.keys()),
  });

  const initializers = new Map(prepared.initializers);
  for (const [name, { encoding, float }] of parameters) {
    if (float !== undefined) initializers.set(name, quantizedView(float, encoding));
  }
  for (const [name, bitwidth] of floats) {
    const float = prepared.initializers.get(name);
    if (float !== undefined && bitwidth === 16) initializers.set(name, halfView(float));
  }
  return {
    ...prepared,
    initializers,
    encodings: { parameters: encodingsOf(parameters), activations: encodingsOf(activations) },
    quantized: new Map([...parameters, ...activations]),
    floats,
  };
}

/** What is known of the activations; nothing where the overrides are all there is. */
async function observe(
  prepared: Model,
  calibration: SampleSource | Calibration | undefined,
  options: CalibrateOptions,
): Promise<Calibration> {
  if (calibration instanceof Calibration) return calibration;
  if (calibration !== undefined) return await calibrate(prepared, calibration, options);
  const { method = "tf" } = options;
  const model = fingerprint(prepared);
  return new Calibration({ model, method, samples: 0, observers: new Map() });
}

function checkCalibration(
  { name, overrides }: Model,
  calibration: SampleSource | Calibration | undefined,
  { useOverrides, floatFallback }: {
    readonly useOverrides: boolean;
    readonly floatFallback: boolean;
  },
): void {
  const { activations, parameters, types } = overrides;
  const given = [activations, parameters, types?.activations, types?.parameters];
  const hasOverrides = useOverrides && given.some((entries) => (entries?.size ?? 0) > 0);
  if (floatFallback && !hasOverrides) {
    throw new RangeError(`Cannot quantize "${name}" with float fallback: there are no overrides`);
  }
  if (floatFallback && calibration !== undefined) {
    throw new RangeError(`Cannot quantize "${name}" with float fallback: it takes no samples`);
  }
  if (!floatFallback && calibration === undefined) {
    throw new RangeError(`Cannot quantize "${name}": there are no calibration samples`);
  }
}

/** Encodes and decodes: what is read is float32 on the grid, what can be stored is the codes. */
function quantizedView(float: TensorReference, encoding: TensorEncoding): TensorReference {
  const dtype = STORAGE.get(encoding.encodings[0]?.bitwidth ?? 0);
  if (dtype === undefined) {
    throw new RangeError(
      `Cannot store tensor "${float.name}" with ${encoding.encodings[0]?.bitwidth} bits`,
    );
  }
  return viewTensor(viewTensor(float, { kind: "quantize", encoding, dtype }), {
    kind: "dequantize",
    encoding,
  });
}

/** Rounds to half precision: what is read is float32, what can be stored is float16. */
function halfView(float: TensorReference): TensorReference {
  return viewTensor(viewTensor(float, { kind: "cast", dtype: "float16" }), {
    kind: "cast",
    dtype: "float32",
  });
}

function encodingsOf(
  tensors: ReadonlyMap<string, QuantizedTensor>,
): ReadonlyMap<string, TensorEncoding> {
  return new Map(Array.from(tensors, ([name, { encoding }]) => [name, encoding]));
}

function calibrateProgress(state: ExecuteProgress): QuantizeProgress {
  const { layer, layers, sample, samples } = state;
  return layer >= layers
    ? { stage: "calibrate", done: sample, total: samples, unit: "samples" }
    : { stage: "calibrate", done: layer, total: layers, unit: "layers" };
}

function checkOption(what: string, value: number, allowed: readonly number[]): void {
  if (allowed.includes(value)) return;
  throw new RangeError(
    `Cannot quantize with ${what} ${value}: expected ${allowed.join(" or ")}`,
  );
}
