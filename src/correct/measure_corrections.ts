import { type ExecuteOptions, sweepStatistics } from "../execute/mod.ts";
import { ChannelMeans, type QuantizedModel } from "../quantize/mod.ts";
import type { ReadChunksOptions, SampleSource } from "../tensor/mod.ts";
import { shiftBehind } from "./channel_shifts.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";
import {
  type CorrectionNetwork,
  correctionNetwork,
  type NetworkRun,
} from "./correction_network.ts";
import { outputMeans } from "./linear_means.ts";
import { inputChannelAxis } from "./weighted_sums.ts";

/** Options for {@linkcode measureCorrections}. */
export interface MeasureCorrectionsOptions extends ExecuteOptions {
  /** The layers to correct. */
  readonly layers: readonly CorrectableLayer[];
  /** The channel means of a layer's output in the float network, over the same samples. */
  readonly floatMeansOf: (layer: CorrectableLayer) => Promise<Float64Array | undefined>;
  /** Counts errors of activations as well. */
  readonly activations: boolean;
  /** Corrections that are known already, by node name. */
  readonly known: ReadonlyMap<string, Float64Array>;
  /** Called as soon as a correction is known. */
  readonly onCorrection: (layer: CorrectableLayer, correction: Float64Array) => Promise<void>;
}

/**
 * Empirical bias correction (quantization reference 6.1) in one sweep: stage by stage, all samples
 * run through layers with quantized weights, on inputs that come from layers corrected before. What
 * the mean of a channel differs from the float network's is the error of its bias.
 *
 * @param model The quantized network.
 * @param samples The samples that the float means are of.
 * @param options What to correct, what is known, limits, engine.
 * @returns What to add to each bias, by node name.
 * @throws {FormatError} If a sample is bad.
 * @throws {RangeError} If the float means of a layer are missing or of another size.
 */
export async function measureCorrections(
  model: QuantizedModel,
  samples: SampleSource,
  options: MeasureCorrectionsOptions,
): Promise<Map<string, Float64Array>> {
  const { layers, floatMeansOf, activations, known, onCorrection, ...execute } = options;
  const { signal, tempDirectory } = execute;
  const read: ReadChunksOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
  };
  const network = correctionNetwork(model, { layers, activations });
  const corrections = new Map<string, Float64Array>();
  for (const layer of layers) {
    const correction = known.get(layer.node.name);
    if (correction === undefined) continue;
    corrections.set(layer.node.name, correction);
    await network.correct(layer, correction);
  }
  if (corrections.size === layers.length) {
    // What is known is of these samples only if they still are what they were; reading them tells.
    for (let index = 0; known.size > 0 && index < samples.length; index++) {
      await samples.read(index, signal === undefined ? {} : { signal });
    }
    return corrections;
  }
  // A run whose layers are known still runs where later ones need what it stores.
  const runs = network.runs.filter(({ measured, stored }) =>
    stored.length > 0 || measured.some(({ layer }) => !corrections.has(layer.node.name))
  );
  const means = new ChannelMeans(meanAxes(network, runs));
  const made = new Set<string>();
  let ended = 0;
  await sweepStatistics(network.model, samples, {
    mean: (value, mean) => means.add(value, mean),
    async unit(values): Promise<void> {
      for (const value of values) made.add(value);
      for (let run = runs[ended]; run !== undefined; run = runs[++ended]) {
        if (!run.means.values().every((value) => made.has(value))) return;
        await finish(run);
      }
    },
  }, { ...execute, means: means.axes, cuts: runs.flatMap(({ start }) => start ?? []) });
  return new Map(layers.flatMap(({ node: { name } }) => {
    const correction = corrections.get(name);
    return correction === undefined ? [] : [[name, correction]];
  }));

  /** Computes the corrections of a run's layers, and by how much they shift what it stores. */
  async function finish(
    { stage, nodes, measured, stored, means: names }: NetworkRun,
  ): Promise<void> {
    const shifts = new Map<string, Float64Array>();
    for (const { node, layer, ...staged } of nodes) {
      const [output = ""] = node.outputs;
      if (staged.stage !== stage || !network.shifted.has(output)) continue;
      const carried = node.inputs.some((input) => shifts.has(input))
        ? await shiftBehind(network.original, node, { ...read, shifts })
        : undefined;
      if (layer === undefined) {
        if (carried !== undefined) shifts.set(output, carried);
        continue;
      }
      const mean = means.of(names.get(layer) ?? "");
      const shift = difference(await expectedOf(layer, mean), mean);
      shifts.set(output, shift);
      await correct(layer, difference(shift, carried));
    }
    for (const { layer, byInput } of measured) {
      const { node } = layer;
      if (!byInput || corrections.has(node.name)) continue;
      const shift = shifts.get(node.inputs[0] ?? "");
      const before = means.of(names.get(layer) ?? "") ?? new Float64Array();
      const settled = before.map((mean, channel) => mean + (shift?.[channel] ?? 0));
      const mean = await outputMeans(network.original, node, { ...read, means: settled });
      await correct(layer, difference(await expectedOf(layer, mean), mean));
    }
    for (const value of stored) {
      const shift = shifts.get(value);
      if (shift !== undefined) network.settle(value, shift);
    }
  }

  async function expectedOf(
    layer: CorrectableLayer,
    mean: Float64Array | undefined,
  ): Promise<Float64Array> {
    const expected = await floatMeansOf(layer);
    if (expected === undefined || expected.length !== mean?.length) {
      throw new RangeError(
        `Cannot correct node "${layer.node.name}": ${expected?.length ?? 0} means of the float ` +
          `network, expected ${mean?.length ?? 0}`,
      );
    }
    return expected;
  }

  async function correct(layer: CorrectableLayer, correction: Float64Array): Promise<void> {
    if (corrections.has(layer.node.name)) return;
    corrections.set(layer.node.name, correction);
    await network.correct(layer, correction);
    await onCorrection(layer, correction);
  }
}

function difference(a: Float64Array, b: Float64Array | undefined): Float64Array {
  return b === undefined ? a : a.map((value, index) => value - (b[index] ?? 0));
}

/** The values whose channel means are wanted, with their channel axes. */
function meanAxes(
  { original }: CorrectionNetwork,
  runs: readonly NetworkRun[],
): ReadonlyMap<string, number> {
  const axes = new Map<string, number>();
  for (const { measured, means } of runs) {
    for (const { layer, byInput } of measured) {
      const axis = byInput ? inputChannelAxis(original, layer.node) : layer.axis;
      axes.set(means.get(layer) ?? "", axis);
    }
  }
  return axes;
}
