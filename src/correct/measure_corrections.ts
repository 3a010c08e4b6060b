import { type ExecuteOptions, sweepStatistics } from "../execute/mod.ts";
import { ChannelMeans, type QuantizedModel } from "../quantize/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";
import { correctionNetwork } from "./correction_network.ts";

/** Options for {@linkcode measureCorrections}. */
export interface MeasureCorrectionsOptions extends ExecuteOptions {
  /** The layers to correct. */
  readonly layers: readonly CorrectableLayer[];
  /** The channel means of the layers' outputs in the float network, over the same samples. */
  readonly floatMeans: ChannelMeans;
  /** Counts errors of activations as well. */
  readonly activations: boolean;
  /** Corrections that are known already, by node name. */
  readonly known: ReadonlyMap<string, Float64Array>;
  /** Called as soon as a correction is known. */
  readonly onCorrection: (layer: CorrectableLayer, correction: Float64Array) => Promise<void>;
}

/**
 * Empirical bias correction (quantization reference 6.1) in one sweep: layer by layer, all samples run
 * through the layer with quantized weights, on inputs that come from layers corrected before. What
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
  const { layers, floatMeans, activations, known, onCorrection, ...execute } = options;
  const network = correctionNetwork(model, { layers, activations });
  const byRaw = new Map<string, CorrectableLayer>();
  const axes = new Map<string, number>();
  const corrections = new Map<string, Float64Array>();
  for (const [layer, raw] of network.rawValues) {
    const correction = known.get(layer.node.name);
    byRaw.set(raw, layer);
    if (correction === undefined) {
      axes.set(raw, layer.axis);
    } else {
      corrections.set(layer.node.name, correction);
      network.correct(layer, correction);
    }
  }
  if (axes.size === 0) {
    // What is known is of these samples only if they still are what they were; reading them tells.
    for (let index = 0; known.size > 0 && index < samples.length; index++) {
      await samples.read(index, execute.signal === undefined ? {} : { signal: execute.signal });
    }
    return corrections;
  }
  const means = new ChannelMeans(axes);
  await sweepStatistics(network.model, samples, {
    mean: (value, mean) => means.add(value, mean),
    async unit(values): Promise<void> {
      for (const raw of values) {
        const layer = byRaw.get(raw);
        const mean = means.of(raw);
        if (layer === undefined || mean === undefined) continue;
        const expected = floatMeans.of(layer.value);
        if (expected?.length !== mean.length) {
          throw new RangeError(
            `Cannot correct node "${layer.node.name}": ${
              expected?.length ?? 0
            } means of the float ` +
              `network, expected ${mean.length}`,
          );
        }
        const correction = mean.map((number, channel) => expected[channel]! - number);
        network.correct(layer, correction);
        corrections.set(layer.node.name, correction);
        await onCorrection(layer, correction);
      }
    },
  }, { ...execute, means: axes, cuts: byRaw.keys() });
  return corrections;
}
