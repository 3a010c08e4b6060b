import type { ExecuteProgress } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import {
  calibrate,
  Calibration,
  ChannelMeans,
  fingerprint,
  prepareModel,
  type QuantizedModel,
  quantizeModel,
  type QuantizeOptions,
  type QuantizeProgress,
} from "../quantize/mod.ts";
import type { ReadChunksOptions, SampleSource } from "../tensor/mod.ts";
import { applyCorrections, valuesBeforeAdds } from "./apply_corrections.ts";
import { checkedSamples } from "./checked_samples.ts";
import { type CorrectableLayer, correctableLayers } from "./correctable_layers.ts";
import { type CorrectionLog, openCorrectionLog } from "./correction_log.ts";
import type { CorrectionMode } from "./correction_mode.ts";
import { digestOfWeights } from "./digest_of_weights.ts";
import { estimateCorrections } from "./estimate_corrections.ts";
import { EXPECTED_AXIS, expectedMeans } from "./expected_means.ts";
import { floatMeansOf, inputMeansOf, meanAxes } from "./float_means.ts";
import { measureCorrections } from "./measure_corrections.ts";
import { inputChannelAxis } from "./weighted_sums.ts";

/** Options for {@linkcode quantizeCorrected}. */
export interface QuantizeCorrectedOptions extends QuantizeOptions {
  /**
   * How the error of a bias is found.
   *
   * @default {"empirical"}
   */
  readonly correctionMode?: CorrectionMode;
  /**
   * Counts what the quantization of activations does as well; only in `"empirical"` mode. Network
   * inputs are quantized in any case, all other activations only with this option.
   *
   * @default {false}
   */
  readonly correctActivations?: boolean;
  /** A file that tells how far the correction is, deleted when it is done. */
  readonly log?: string;
  /**
   * Goes on where `log` ends.
   *
   * @default {false}
   */
  readonly resume?: boolean;
}

/** A quantized network with corrected biases. */
export interface CorrectedQuantizedModel extends QuantizedModel {
  /** What was added to the bias of each layer, by node name. */
  readonly corrections: ReadonlyMap<string, Float64Array>;
}

/**
 * Quantizes a network as `quantizeModel` does, with bias correction: where quantized weights move the
 * mean of a channel of a layer's output, its bias moves it back. In `"empirical"` mode that takes two
 * passes of the samples, whatever the depth: one through the float network, for ranges and means, and
 * one through the quantized network, stage by stage, on inputs that are corrected already.
 * Encodings of biases are computed after the correction.
 *
 * @param model The float network; equalize it before if at all.
 * @param calibration The samples; in `"analytic"` mode a calibration will do.
 * @param options Those of `quantizeModel`; how errors are found; a log for resuming.
 * @throws {FormatError} If the network is already quantized, a sample is bad or changes, or the log is
 *   not one.
 * @throws {RangeError} If an option is out of range, there are no samples, or the log is of another
 *   network, other weights, other samples or other options.
 * @throws {OutputError} If the log cannot be written.
 */
export async function quantizeCorrected(
  model: Model,
  calibration: SampleSource | Calibration,
  options: QuantizeCorrectedOptions = {},
): Promise<CorrectedQuantizedModel> {
  const { correctionMode, correctActivations, log: path, resume = false, ...quantize } = options;
  const mode = correctionMode ?? "empirical";
  if (calibration === undefined) {
    throw new RangeError(`Cannot quantize "${model.name}": there are no calibration samples`);
  }
  checkOptions(options);
  const prepared = await prepareModel(model, options);
  const layers = correctableLayers(prepared);
  const means = new ChannelMeans(meanAxes(prepared, layers, mode));
  await using resources = new AsyncDisposableStack();
  let log: CorrectionLog | undefined;
  if (path !== undefined) {
    const subject = {
      model: await fingerprint(prepared, options),
      samples: calibration instanceof Calibration ? calibration.samples : calibration.length,
      options: describeOptions(options),
    };
    const channels = new Map(
      Array.from(means.axes, ([name, axis]) => [name, prepared.values.get(name)?.shape[axis] ?? 0]),
    );
    log = resources.use(
      await openCorrectionLog(path, { subject, resume, means, channels, layers }),
    );
  }
  const float = await observeFloat(prepared, calibration, { means, log, options });
  const quantized = await quantizeModel(prepared, float.calibration, quantize);
  if (log !== undefined) {
    await log.checkWeights(await digestOfWeights(prepared, quantized, readOptions(options)));
  }
  const work = layers.filter(({ node }) => isQuantized(quantized, node.inputs[1] ?? ""));
  const corrections = mode === "empirical"
    ? await measureCorrections(quantized, float.samples, {
      ...executeOptions(options, "correct"),
      layers: work,
      floatMeansOf: (layer) => floatMeansOf(prepared, layer, { ...readOptions(options), means }),
      activations: correctActivations === true,
      known: log?.corrections ?? new Map(),
      onCorrection: async ({ node }, correction) => await log?.correct(node.name, correction),
    })
    : await estimateFrom(quantized, { layers: work, mode, means, options });
  const { model: applied, newValues } = await applyCorrections(prepared, corrections, options);
  const corrected = await prepareModel(applied, options);
  const { onNotice: _, onProgress: __, ...again } = quantize;
  const ranges = renamed(float.calibration, {
    model: await fingerprint(corrected, options),
    newValues,
  });
  const result = await quantizeModel(corrected, ranges, again);
  await log?.remove();
  return { ...result, corrections };
}

const MODES: readonly CorrectionMode[] = ["empirical", "fast", "analytic"];

function checkOptions(
  { correctionMode = "empirical", correctActivations, log, resume }: QuantizeCorrectedOptions,
): void {
  if (!MODES.includes(correctionMode)) {
    throw new RangeError(
      `Cannot correct biases in mode ${JSON.stringify(correctionMode)}: expected ${
        MODES.join(" or ")
      }`,
    );
  }
  if (correctActivations === true && correctionMode !== "empirical") {
    throw new RangeError(
      `Cannot correct activations in mode "${correctionMode}": expected "empirical"`,
    );
  }
  if (resume === true && log === undefined) {
    throw new RangeError("Cannot resume a correction without its log");
  }
}

interface FloatPass {
  readonly calibration: Calibration;
  readonly samples: SampleSource;
}

/** Runs the samples through the float network, unless the log or the caller knows already. */
async function observeFloat(
  model: Model,
  source: SampleSource | Calibration,
  { means, log, options }: {
    readonly means: ChannelMeans;
    readonly log: CorrectionLog | undefined;
    readonly options: QuantizeCorrectedOptions;
  },
): Promise<FloatPass> {
  const { correctionMode = "empirical", activationMethod, separateActivations } = options;
  if (source instanceof Calibration) {
    if (correctionMode === "analytic") return { calibration: source, samples: NO_SAMPLES };
    throw new RangeError(
      `Cannot correct biases of "${model.name}" by a calibration alone: the mode ` +
        `"${correctionMode}" needs the samples, "analytic" does not`,
    );
  }
  const checksums = log?.observations?.checksums ?? [];
  const samples = log === undefined ? source : checkedSamples(source, checksums);
  if (log?.observations !== undefined) {
    return { calibration: log.observations.calibration, samples };
  }
  const calibration = await calibrate(model, samples, {
    ...executeOptions(options, "calibrate"),
    channelMeans: means,
    also: valuesBeforeAdds(model),
    ...(options.foldBatchNorms === undefined ? {} : { foldBatchNorms: options.foldBatchNorms }),
    ...(activationMethod === undefined ? {} : { method: activationMethod }),
    ...(separateActivations === undefined ? {} : { separateActivations }),
  });
  await log?.observe({ calibration, means, checksums });
  return { calibration, samples };
}

const NO_SAMPLES: SampleSource = {
  length: 0,
  read: (index) => Promise.reject(new RangeError(`There is no sample ${index}`)),
};

async function estimateFrom(
  model: QuantizedModel,
  { layers, mode, means, options }: {
    readonly layers: readonly CorrectableLayer[];
    readonly mode: CorrectionMode;
    readonly means: ChannelMeans;
    readonly options: QuantizeCorrectedOptions;
  },
): Promise<Map<string, Float64Array>> {
  const expected = mode === "analytic" ? expectedMeans(model) : undefined;
  const corrections = await estimateCorrections(model, {
    layers,
    meansOf: (layer) =>
      expected === undefined
        ? inputMeansOf(model, layer, means)
        : inputChannelAxis(model, layer.node) === EXPECTED_AXIS
        ? expected.get(layer.node.inputs[0] ?? "")
        : undefined,
    ...readOptions(options),
  });
  const left = layers.filter(({ node }) => !corrections.has(node.name));
  if (left.length > 0) {
    options.onNotice?.(
      `Biases of ${left.length} of ${layers.length} layers are not corrected, because the means of ` +
        `their inputs are not known without data: ${
          left.map(({ node }) => `"${node.name}"`).join(", ")
        }`,
    );
  }
  return corrections;
}

/** The calibration for a network that has other biases, and some values twice. */
function renamed(
  calibration: Calibration,
  { model, newValues }: { readonly model: string; readonly newValues: ReadonlyMap<string, string> },
): Calibration {
  const observers = new Map(calibration.observers);
  for (const [raw, value] of newValues) {
    const observer = observers.get(value);
    if (observer !== undefined) observers.set(raw, observer);
  }
  const { method, samples } = calibration;
  return new Calibration({ model, method, samples, observers });
}

function isQuantized({ quantized, encodings }: QuantizedModel, weight: string): boolean {
  return quantized.get(weight)?.float !== undefined &&
    encodings.floatParameters?.has(weight) !== true;
}

function executeOptions(options: QuantizeCorrectedOptions, stage: QuantizeProgress["stage"]) {
  const { engine, memoryLimit, tempDirectory, signal, onProgress } = options;
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : {
      onProgress({ layer, layers, sample, samples }: ExecuteProgress): void {
        const isWhole = stage === "calibrate" && layer >= layers;
        onProgress(
          isWhole
            ? { stage, done: sample, total: samples, unit: "samples" }
            : { stage, done: layer, total: layers, unit: "layers" },
        );
      },
    }),
  };
}

/** The options that change the result, in a fixed order. */
function describeOptions(options: QuantizeCorrectedOptions): string {
  const others = new Set([
    ...["engine", "memoryLimit", "tempDirectory", "signal", "onProgress", "onNotice"],
    ...["log", "resume"],
  ]);
  const entries = Object.entries(options).filter(([key, value]) =>
    !others.has(key) && value !== undefined
  );
  return JSON.stringify(entries.sort(([a], [b]) => a < b ? -1 : 1));
}

function readOptions({ signal, tempDirectory }: QuantizeCorrectedOptions): ReadChunksOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
  };
}
