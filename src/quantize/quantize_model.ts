import type { ExecuteOptions, ExecuteProgress } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import type { SampleSource, TensorEncoding } from "../tensor/mod.ts";
import { calibrate, type CalibrateOptions } from "./calibrate.ts";
import { Calibration } from "./calibration.ts";
import { encodeActivations } from "./encode_activations.ts";
import { encodeParameters } from "./encode_parameters.ts";
import type { EncodingSchema } from "./encoding_schema.ts";
import { fingerprint } from "./fingerprint.ts";
import { fillGaps } from "./fill_gaps.ts";
import { checkedPercentile } from "./methods/percentile.ts";
import { observedSource, placement, type PlacementOptions } from "./placement.ts";
import {
  checkOption,
  checkParameterOptions,
  type ParameterOptions,
  planParameters,
} from "./plan_parameters.ts";
import { prepareModel, type PrepareOptions } from "./prepare_model.ts";
import type { QuantizedModel, QuantizedTensor } from "./quantized_tensor.ts";
import type { QuantizeProgress } from "./quantize_progress.ts";
import { roundEncodings } from "./round_encodings.ts";
import { rangeMethod, type RangeMethodName } from "./range_methods.ts";
import { NO_OVERRIDES, readOverrides, type UsedOverrides } from "./read_overrides.ts";
import { storeParameters } from "./store_parameters.ts";

/** Options for {@linkcode quantizeModel}. */
export interface QuantizeOptions
  extends Omit<ExecuteOptions, "onProgress">, ParameterOptions, PlacementOptions, PrepareOptions {
  /**
   * How ranges of activations are chosen.
   *
   * @default {"tf", or what a given calibration was made for}
   */
  readonly activationMethod?: RangeMethodName;
  /**
   * Where the grids of activations lie around zero.
   *
   * @default {the schema of the method}
   */
  readonly activationSchema?: EncodingSchema;
  /**
   * Bits of an activation.
   *
   * @default {8}
   */
  readonly activationBitwidth?: 8 | 16;
  /**
   * How many percent of the values stay inside the range at each end, for the percentile methods;
   * 90 to 100.
   *
   * @default {99.99}
   */
  readonly percentile?: number;
  /**
   * Stores weights and biases as integers; otherwise they stay float32 beside their encodings.
   *
   * @default {true}
   */
  readonly quantizeParameters?: boolean;
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
    activationMethod,
    activationSchema,
    activationBitwidth = 8,
    minimumRange = 0.01,
    percentile,
    quantizeParameters = true,
    useOverrides = false,
    floatFallback = false,
    floatBitwidth = 32,
    floatBiasBitwidth,
    onNotice,
    onProgress,
    engine,
    ...shared
  } = options;
  const numbers = { minimumRange, ...(percentile === undefined ? {} : { percentile }) };
  const method = activationMethod ??
    (calibration instanceof Calibration ? calibration.method : "tf");
  checkOption("activation bit width", activationBitwidth, [8, 16]);
  const { schema } = rangeMethod(method, {
    use: "activations",
    bitwidth: activationBitwidth,
    ...(activationSchema === undefined ? {} : { schema: activationSchema }),
  });
  checkedPercentile(numbers);
  checkOption("float bit width", floatBitwidth, [16, 32]);
  checkParameterOptions(options);
  checkCalibration(model, calibration, { useOverrides, floatFallback });
  const prepared = await prepareModel(model, shared);
  const given = useOverrides
    ? readOverrides(prepared, { ...shared, floatBiasBitwidth, onNotice })
    : NO_OVERRIDES;
  const overrides = floatFallback
    ? fillGaps(prepared, given, { ...shared, floatBitwidth, floatBiasBitwidth })
    : given;
  const { floats } = overrides;

  const plans = planParameters(prepared, options, overrides.bitwidths);
  const parameters = roundEncodings(
    await encodeParameters(prepared, plans, {
      ...shared,
      ...numbers,
      overrides: overrides.parameters,
      except: floats,
      ...(onProgress === undefined ? {} : { onProgress }),
    }),
  );
  const ranges = await observe(prepared, calibration, {
    ...shared,
    method,
    except: new Set([...overrides.activations.keys(), ...floats.keys()])
      .difference(observedFor(prepared, overrides, shared)),
    ...(engine === undefined ? {} : { engine }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: (state: ExecuteProgress) => onProgress(calibrateProgress(state)) }),
  });
  const activations = roundEncodings(encodeActivations(prepared, ranges, {
    ...shared,
    ...numbers,
    method,
    schema: activationSchema ?? schema,
    bitwidth: activationBitwidth,
    overrides: overrides.activations,
    settled: overrides.settled,
    bitwidths: overrides.bitwidths,
    floats: new Set(floats.keys()),
  }));
  return {
    ...prepared,
    initializers: storeParameters(
      prepared.initializers,
      quantizeParameters ? parameters : new Map(),
      floats,
    ),
    encodings: {
      parameters: encodingsOf(parameters),
      activations: encodingsOf(activations),
      ...(quantizeParameters ? {} : { floatParameters: new Set(parameters.keys()) }),
    },
    quantized: new Map([...parameters, ...activations]),
    floats,
  };
}

/** Float values whose ranges give moved values a grid in the bits asked for. */
function observedFor(
  model: Model,
  { bitwidths, floats }: UsedOverrides,
  options: PlacementOptions,
): Set<string> {
  const placed = placement(model, options);
  const sources = [...bitwidths.keys()].filter((name) => placed.passedOn.has(name))
    .map((name) => observedSource(placed, name));
  return new Set(sources.filter((name) => floats.has(name)));
}

/** What is known of the activations; nothing where the overrides are all there is. */
async function observe(
  prepared: Model,
  calibration: SampleSource | Calibration | undefined,
  options: CalibrateOptions,
): Promise<Pick<Calibration, "method" | "observers">> {
  if (calibration === undefined) return { method: options.method ?? "tf", observers: new Map() };
  if (!(calibration instanceof Calibration)) return await calibrate(prepared, calibration, options);
  if (calibration.model === await fingerprint(prepared, options)) return calibration;
  throw new RangeError(`Cannot quantize "${prepared.name}": the calibration is of another network`);
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
