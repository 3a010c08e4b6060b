import type { FoldedBatchNorm } from "../graph/mod.ts";
import type { ReadChunksOptions } from "../tensor/mod.ts";
import type { ChannelStatistics } from "./channel_statistics.ts";
import type { LayerLink } from "./layer_link.ts";
import type { ScaledLayers } from "./scaled_layers.ts";
import { weightedConstants } from "./weight_sums.ts";

/** What is known of the channels of a layer's output. */
export type ChannelKnowledge =
  | { readonly source: "data"; readonly statistics: ChannelStatistics }
  | { readonly source: "batch-norm"; readonly batchNorm: FoldedBatchNorm };

/**
 * How much of each channel's bias can move into the next layer (quantization reference 5.4): what
 * the channel is always above. From a batch norm `max(0, β - 3|γ|)`, from data the least value over
 * all samples, if above zero; with no activation function, the mean.
 *
 * @param link The link.
 * @param knowledge A batch norm, or statistics of the samples.
 */
export function absorbableBiases(
  { from, activation }: Pick<LayerLink, "from" | "activation">,
  knowledge: ChannelKnowledge,
): Float64Array {
  return new Float64Array(from.outputChannels).map((_, channel) => {
    const { mean, least } = describeChannel(knowledge, channel);
    if (activation.kind === "none") return mean;
    // A channel that is always at the ceiling has nothing left to pass on.
    return least > 0 && least < activation.upper ? least : 0;
  });
}

function describeChannel(
  knowledge: ChannelKnowledge,
  channel: number,
): { readonly mean: number; readonly least: number } {
  if (knowledge.source === "data") {
    const { statistics } = knowledge;
    return { mean: statistics.mean(channel), least: statistics.min[channel] ?? 0 };
  }
  const { gamma, beta } = knowledge.batchNorm;
  const mean = beta[channel] ?? 0;
  return { mean, least: mean - 3 * Math.abs(gamma[channel] ?? 0) };
}

/**
 * Moves constants from the biases of a link's first layer into those of its second:
 * `b1 -= c; b2 += W2 * c`.
 *
 * @param link The link.
 * @param layers The layers, not scaled yet.
 * @param options The constants, one a channel of the first layer; how weights are read.
 */
export async function absorbBiases(
  { from, to, spread }: LayerLink,
  layers: ScaledLayers,
  options: ReadChunksOptions & { readonly absorbed: Float64Array },
): Promise<void> {
  const { absorbed, ...read } = options;
  if (absorbed.every((constant) => constant === 0)) return;
  const before = layers.bias(from);
  const behind = layers.bias(to);
  const constants = new Float64Array(to.inputChannels)
    .map((_, channel) => absorbed[Math.floor(channel / spread)] ?? 0);
  const weight = layers.weight(to, "input", "output");
  const sums = await weightedConstants(to, { weight, constants }, read);
  absorbed.forEach((constant, channel) => before[channel] = (before[channel] ?? 0) - constant);
  sums.forEach((sum, channel) => behind[channel] = (behind[channel] ?? 0) + sum);
}
