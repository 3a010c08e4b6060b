import { openEngine } from "../execute/mod.ts";
import { countMacs, countParameters, type Model, selectOutputs } from "../graph/mod.ts";
import { prepareModel, type QuantizeOptions } from "../quantize/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { Analysis, NetworkAnalysis, ValueQuality } from "./analysis.ts";
import { compareValues } from "./compare_values.ts";
import { evaluateModel } from "./evaluate_model.ts";
import { executeOptions } from "./execute_options.ts";
import { holdsScores, layerSensitivity } from "./layer_sensitivity.ts";
import {
  type Optimization,
  type OptimizeOptions,
  quantizeOptimized,
} from "./quantize_optimized.ts";
import { weightRanges } from "./weight_ranges.ts";

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
export interface AnalyzeOptions extends Omit<QuantizeOptions, "onProgress">, OptimizeOptions {
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
  const { own, uncorrected, quantized, equalization } = await quantizeOptimized(float, samples, {
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
