import type { ReadChunksOptions } from "../tensor/mod.ts";
import type { LayerLink } from "./layer_link.ts";
import { sideLayout } from "./scale_channels.ts";
import type { ScaledLayers } from "./scaled_layers.ts";
import { weightMagnitudes } from "./weight_magnitudes.ts";
import { weightedConstants } from "./weight_sums.ts";

/** A channel whose weights are below this share of the layer's largest one is a constant. */
const NEGLIGIBLE = 1e-7;

/**
 * Settles the dead channels of a link: where all weights that make a channel are zero (or vanish
 * beside the layer's largest), its value is its bias behind the activation function. That constant,
 * times the next layer's weights, moves into the next layer's bias, and the weights on both sides
 * become zero. Before a layer that pads with zeros, where a constant is none at the borders, only a
 * constant of zero can be settled; other constants keep their weights and may have any scale.
 *
 * @param link The link; links must come in topological order.
 * @param layers The layers.
 * @param options Chunk size, limits, abort signal.
 * @returns How many channels are constant.
 */
export async function settleConstants(
  link: LayerLink,
  layers: ScaledLayers,
  options: ReadChunksOptions,
): Promise<number> {
  const { from, to, activation, spread } = link;
  const magnitudes = await weightMagnitudes(
    layers.weight(from, "input", "output"),
    sideLayout(from, "output"),
    options,
  );
  const floor = NEGLIGIBLE * magnitudes.reduce((a, b) => Math.max(a, b), 0);
  const bias = layers.bias(from);
  const before = layers.factors(from, "output");
  const behind = layers.factors(to, "input");
  const moves = link.uniform && !to.pads;
  const moved = new Float64Array(to.inputChannels);
  const settled: number[] = [];
  let count = 0;
  for (const [channel, magnitude] of magnitudes.entries()) {
    const level = bias[channel] ?? 0;
    // The slope below zero of a PReLU is not known here.
    if (magnitude > floor || activation.kind === "slope" && level < 0) continue;
    const constant = Math.min(Math.max(level, activation.lower), activation.upper);
    count++;
    before[channel] = 0;
    bias[channel] = constant;
    if (!moves && constant !== 0) continue;
    settled.push(channel);
    moved.fill(constant, channel * spread, (channel + 1) * spread);
    bias[channel] = 0;
  }
  if (moved.some((constant) => constant !== 0)) {
    const weight = layers.weight(to, "input", "output");
    const sums = await weightedConstants(to, { weight, constants: moved }, options);
    const next = layers.bias(to);
    sums.forEach((sum, channel) => next[channel] = (next[channel] ?? 0) + sum);
  }
  for (const channel of settled) behind.fill(0, channel * spread, (channel + 1) * spread);
  return count;
}
