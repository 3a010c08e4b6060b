import { type CorrectionMode, quantizeCorrected } from "../correct/mod.ts";
import { type EqualizationReport, equalizeModel, type EqualizeOptions } from "../equalize/mod.ts";
import { openEngine } from "../execute/mod.ts";
import { countMacs, countParameters, type Model, selectOutputs } from "../graph/mod.ts";
import {
  prepareModel,
  type QuantizedModel,
  quantizeModel,
  type QuantizeOptions,
} from "../quantize/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import { compareValues } from "./compare_values.ts";
import { evaluateModel, type Evaluation } from "./evaluate_model.ts";
import { holdsScores, type LayerSensitivity, layerSensitivity } from "./layer_sensitivity.ts";
import { type WeightRanges, weightRanges } from "./weight_ranges.ts";

/**
 * What can be done to a network so that it quantizes better: cross-layer equalization, bias
 * correction.
 */
export type Optimization = "cle" | "bc";

/** All optimizations, in the order in which they are done. */
export const OPTIMIZATIONS: readonly Optimization[] = ["cle", "bc"];

/** How far an analysis is. */
export interface AnalyzeProgress {
  /** What is being done, for which network: `"sensitivity"`, `"sensitivity (cle, bc)"`, …. */
  readonly stage: string;
  /** Steps that are done. */
  readonly done: number;
  /** All steps. */
  readonly total: number;
  /** What a step is. */
  readonly unit: "bytes" | "layers" | "samples";
  /** The layer or tensor at work. */
  readonly item?: string;
}

/** Options for {@linkcode analyzeModel}. */
export interface AnalyzeOptions extends Omit<QuantizeOptions, "onProgress"> {
  /**
   * What is done to a second network, to compare with the first, to which nothing is done.
   *
   * @default {nothing; there is only one network}
   */
  readonly optimizations?: readonly Optimization[];
  /** How layers are equalized; always with the samples. */
  readonly equalize?: Pick<
    EqualizeOptions,
    | "absorbBeforePadding"
    | "highBiasAbsorption"
    | "iterations"
    | "relu6"
    | "scales"
    | "through"
    | "tolerance"
  >;
  /**
   * How the errors of biases are found.
   *
   * @default {"empirical"}
   */
  readonly correctionMode?: CorrectionMode;
  /** The right class of each sample; `undefined` where it is not known. */
  readonly labels?: readonly (number | undefined)[];
  /**
   * The output that is judged.
   *
   * @default {the first output}
   */
  readonly output?: string;
  /**
   * How many samples, the first ones, layers and values are measured on. Ranges and the evaluation
   * take all.
   *
   * @default {8}
   */
  readonly measuredSamples?: number;
  /** Called while it works. */
  readonly onProgress?: (progress: AnalyzeProgress) => void;
}

/** How far a value of the quantized network is from the float one. */
export interface ValueQuality {
  /** Name of the value. */
  readonly value: string;
  /** The node that makes it; a network input has none. */
  readonly layer?: string;
  /** The operator of that node, or `Input`. */
  readonly operator: string;
  /** Signal to quantization noise ratio in dB; `Infinity` where nothing differs. */
  readonly sqnr: number;
}

/** One way to quantize the network, and where accuracy goes in it. */
export interface NetworkAnalysis {
  /** What was done before quantizing. */
  readonly optimizations: readonly Optimization[];
  /** What equalization did; absent without. */
  readonly equalization?: EqualizationReport;
  /** The whole network against the original float one, on all samples. */
  readonly evaluation: Evaluation;
  /**
   * Each layer quantized alone, in topological order; without corrections of biases, which are for the
   * errors of other layers as well.
   */
  readonly sensitivity: readonly LayerSensitivity[];
  /** Every rounded value of the quantized network against its own float network, in order. */
  readonly values: readonly ValueQuality[];
  /** The ranges of weights before quantization, channel by channel. */
  readonly weights: readonly WeightRanges[];
}

/** What {@linkcode analyzeModel} found. */
export interface Analysis {
  /** The network's name. */
  readonly model: string;
  /** How many nodes it has, batch norms folded. */
  readonly layers: number;
  /** Floating-point constants. */
  readonly parameters: number;
  /** Multiply-accumulate operations of one inference. */
  readonly macs: number;
  /** The output that was judged. */
  readonly output: string;
  /** How many samples ranges and evaluations are from. */
  readonly samples: number;
  /** How many samples layers and values were measured on. */
  readonly measuredSamples: number;
  /** The network quantized as it is and, with optimizations, after these. */
  readonly networks: readonly NetworkAnalysis[];
}

const DEFAULT_MEASURED_SAMPLES = 8;

/**
 * Shows where accuracy goes when a network is quantized: what each layer alone costs, how the error
 * grows along the quantized network, which channels share a grid that does not suit them; before
 * and after optimizations.
 *
 * Memory does not grow with the samples. The sensitivity takes most of the time: about two runs of
 * the measured samples for each layer.
 *
 * @param model The float network.
 * @param samples The calibration samples.
 * @param options How to quantize, optimizations, labels, limits, engine, abort signal, progress.
 * @throws {FormatError} If the network is already quantized, or a sample is bad.
 * @throws {RangeError} If an option is out of range or there are no samples.
 */
export async function analyzeModel(
  model: Model,
  samples: SampleSource,
  options: AnalyzeOptions = {},
): Promise<Analysis> {
  const { optimizations = [], measuredSamples = DEFAULT_MEASURED_SAMPLES } = options;
  if (!Number.isSafeInteger(measuredSamples) || measuredSamples < 1) {
    throw new RangeError(
      `Cannot measure "${model.name}" on ${measuredSamples} samples: expected an integer from 1`,
    );
  }
  const output = options.output ?? model.outputs[0]?.name ?? "";
  if (!model.outputs.some(({ name }) => name === output)) {
    throw new RangeError(
      `Cannot judge output "${output}" of "${model.name}": its outputs are ` +
        model.outputs.map(({ name }) => name).join(", "),
    );
  }
  const { engine = "auto", signal } = options;
  const float = await prepareModel(model, options);
  const subject = {
    float,
    samples,
    output,
    measured: Math.min(measuredSamples, samples.length),
    options: {
      ...options,
      engine: typeof engine === "string" ? await openEngine({ engine }) : engine,
    },
  };
  const networks: NetworkAnalysis[] = [];
  for (const chosen of optimizations.length === 0 ? [[]] : [[], optimizations]) {
    signal?.throwIfAborted();
    networks.push(await analyzeNetwork(chosen, { ...subject, before: networks[0] }));
  }
  return {
    model: model.name,
    layers: float.nodes.length,
    parameters: countParameters(float),
    macs: float.nodes.reduce((sum, node) => sum + countMacs(float, node), 0),
    output,
    samples: samples.length,
    measuredSamples: subject.measured,
    networks,
  };
}

interface Subject {
  /** The original network, batch norms folded. */
  readonly float: Model;
  readonly samples: SampleSource;
  readonly output: string;
  readonly measured: number;
  readonly options: AnalyzeOptions;
  /** The network to which nothing is done, analyzed. */
  readonly before: NetworkAnalysis | undefined;
}

async function analyzeNetwork(
  optimizations: readonly Optimization[],
  { float, samples, output, measured, options, before }: Subject,
): Promise<NetworkAnalysis> {
  const { labels, onProgress } = options;
  const execute = executeOptions(options);
  const told = optimizations.length === 0 ? "" : ` (${optimizations.join(", ")})`;
  const report = (stage: string, progress: Omit<AnalyzeProgress, "stage">) =>
    onProgress?.({ ...progress, stage: `${stage}${told}` });
  const { own, uncorrected, quantized, equalization } = await quantize(float, samples, {
    ...options,
    optimizations,
    onProgress: ({ stage, ...progress }) => report(stage, progress),
  });
  const { agreement, ...evaluation } = await evaluateModel(quantized, samples, {
    ...execute,
    output,
    reference: selectOutputs(float, [output]),
    ...(labels === undefined ? {} : { labels }),
    onProgress: ({ sample, samples: total }) =>
      report("evaluate", { done: sample, total, unit: "samples" }),
  });
  const first: SampleSource = {
    length: measured,
    read: (index, reading) => samples.read(index, reading),
  };
  const sqnr = await compareValues(own, quantized, first, {
    ...execute,
    values: [...quantized.encodings.activations.keys()].filter((name) => own.values.has(name)),
    onProgress: ({ sample, samples: total }) =>
      report("values", { done: sample, total, unit: "samples" }),
  });
  const isClassifier = holdsScores(float.values.get(output)?.shape ?? []);
  return {
    optimizations,
    ...(equalization === undefined ? {} : { equalization }),
    evaluation: isClassifier && agreement !== undefined ? { ...evaluation, agreement } : evaluation,
    values: describeValues(own, sqnr),
    ...(before !== undefined && own === float
      ? { sensitivity: before.sensitivity, weights: before.weights }
      : {
        sensitivity: await layerSensitivity(own, uncorrected, first, {
          ...execute,
          output,
          onProgress: (done, total, item) =>
            report("sensitivity", { done, total, unit: "layers", item }),
        }),
        weights: await weightRanges(own, execute),
      }),
  };
}

interface Quantized {
  /** The float network that it was quantized from. */
  readonly own: Model;
  /** Without corrections of biases. */
  readonly uncorrected: QuantizedModel;
  readonly quantized: QuantizedModel;
  readonly equalization?: EqualizationReport;
}

/** Quantizes a network after optimizing it. */
async function quantize(
  float: Model,
  samples: SampleSource,
  { optimizations, correctionMode, equalize, onProgress, ...options }:
    & Pick<AnalyzeOptions, "correctionMode" | "equalize">
    & QuantizeOptions
    & {
      readonly optimizations: readonly Optimization[];
      readonly onProgress: (progress: Omit<AnalyzeProgress, "item">) => void;
    },
): Promise<Quantized> {
  const given = { ...options, onProgress };
  let own = float;
  let equalization: EqualizationReport | undefined;
  if (optimizations.includes("cle")) {
    const { onNotice } = options;
    const equalized = await equalizeModel(float, {
      ...equalize,
      ...executeOptions(options),
      ...(onNotice === undefined ? {} : { onNotice }),
      samples,
      onProgress,
    });
    own = await prepareModel(equalized.model, options);
    equalization = equalized.report;
  }
  const uncorrected = await quantizeModel(own, samples, given);
  const quantized = optimizations.includes("bc")
    ? await quantizeCorrected(own, samples, {
      ...given,
      ...(correctionMode === undefined ? {} : { correctionMode }),
    })
    : uncorrected;
  return { own, uncorrected, quantized, ...(equalization === undefined ? {} : { equalization }) };
}

function describeValues(model: Model, sqnr: ReadonlyMap<string, number>): ValueQuality[] {
  const made = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  return Array.from(sqnr, ([value, decibels]) => {
    const node = made.get(value);
    return {
      value,
      ...(node === undefined ? {} : { layer: node.name }),
      operator: node?.operator ?? "Input",
      sqnr: decibels,
    };
  });
}

function executeOptions({ engine, memoryLimit, tempDirectory, signal }: AnalyzeOptions) {
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
    ...(signal === undefined ? {} : { signal }),
  };
}
