import { countElements, type ReadChunksOptions } from "../tensor/mod.ts";
import type { ChannelStatistics } from "./channel_statistics.ts";
import type { EqualizableLayer } from "./equalizable_layer.ts";
import type { LayerSet } from "./find_layer_sets.ts";
import type { LayerLink } from "./layer_link.ts";
import { noiseScales } from "./noise_scales.ts";
import { pairScales, tripleScales } from "./range_scales.ts";
import { sideLayout, type WeightSide } from "./scale_channels.ts";
import type { ScaledLayers } from "./scaled_layers.ts";
import { weightMagnitudes } from "./weight_magnitudes.ts";
import { weightPowers } from "./weight_sums.ts";

/** Scales for the links of a set: what each channel is divided by, on top of earlier scales. */
export type SetScales = readonly Float64Array[];

/** Computes the scales of a set from its layers as they are now. */
export type FindScales = (set: LayerSet) => Promise<SetScales>;

/** Makes the finder of scales by ranges: `r1' = r2'`, or three equal ranges (AIMET, DFQ). */
export function scalesByRanges(layers: ScaledLayers, options: ReadChunksOptions): FindScales {
  const magnitudes = (layer: EqualizableLayer, side: WeightSide): Promise<Float64Array> =>
    weightMagnitudes(layers.weight(layer, "input", "output"), sideLayout(layer, side), options);
  return async ({ links: [link, next] }) => {
    if (link === undefined) return [];
    const first = await magnitudes(link.from, "output");
    const second = joinSpread(await magnitudes(link.to, "input"), link);
    if (next === undefined) return [pairScales(first, second)];
    const last = joinSpread(await magnitudes(next.to, "input"), next);
    const scales = tripleScales(first, second, last);
    return [scales.first, scales.second];
  };
}

/** What the samples told, for {@linkcode scalesByNoise}. */
export interface NoiseKnowledge {
  /** Statistics by value name: outputs of first layers, inputs of chains. */
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
  /** What was absorbed of the outputs of first layers, by node name. */
  readonly absorbed: ReadonlyMap<string, Float64Array>;
}

/** Noise of a uniform error of one step. */
const UNIFORM = 1 / 12;
/** Steps in the larger side of a signed range of 8 bits, and in an unsigned one. */
const SIGNED_STEPS = 127.5;
const UNSIGNED_STEPS = 255;

/**
 * How much more an error of a weight counts than one of an activation: it is the same at every
 * position and in every sample, so what it does adds up in later layers and does not average out.
 */
const WEIGHT_NOISE = 4;

/** The least share of elements that pass an activation function; samples are never all there is. */
const LEAST_PASSING = 1e-3;

/**
 * Makes the finder of scales by noise, see {@linkcode noiseScales}. What an error costs is its power at
 * the end of the chain of layers: squared weights carry it there, activation functions let a part pass.
 */
export async function scalesByNoise(
  links: readonly LayerLink[],
  layers: ScaledLayers,
  options: NoiseKnowledge & { readonly read: ReadChunksOptions },
): Promise<FindScales> {
  const { statistics, read } = options;
  const incoming = new Map(links.map((link) => [link.to.node.name, link]));
  const importance = new Map<string, Float64Array>();
  const costs = new Map<string, Float64Array>();
  const importanceOf = ({ node, outputChannels }: EqualizableLayer): Float64Array =>
    importance.get(node.name) ?? new Float64Array(outputChannels).fill(1);
  for (const link of links.toReversed()) {
    const { from, to, activation } = link;
    const weight = layers.weight(to, "input");
    const powers = sumSpread(
      await weightPowers(to, { weight, importance: importanceOf(to) }, read),
      link,
    );
    const seen = statistics.get(from.output);
    const carried = powers.map((power, channel) =>
      activation.kind === "none" || activation.kind === "slope" || seen === undefined
        ? power
        : power * Math.max((seen.passing[channel] ?? 0) / seen.count, LEAST_PASSING)
    );
    costs.set(from.node.name, carried);
    // Within a link both layers count from the end of the second. Chains are long, so the units may
    // change from link to link.
    const largest = carried.reduce((a, b) => Math.max(a, b), 0);
    importance.set(
      from.node.name,
      carried.map((value) => largest > 0 ? value / largest : 1),
    );
  }

  /** Mean square of each input channel of a layer, in the units of its scaled weight. */
  function inputPowers(layer: EqualizableLayer): Float64Array {
    const link = incoming.get(layer.node.name);
    if (link !== undefined) {
      const scales = layers.scales(link.from);
      return repeatSpread(
        outputPowers(link, options).map((power, i) => power / (scales[i] ?? 1) ** 2),
        link,
      );
    }
    const seen = statistics.get(layer.input);
    return new Float64Array(layer.inputChannels)
      .map((_, channel) =>
        seen === undefined ? 1 : (seen.activeSquares[channel] ?? 0) / seen.count
      );
  }

  /** The scales of a link, with those of all other links as they are. */
  async function scalesOf(link: LayerLink): Promise<Float64Array> {
    const { from, to, activation } = link;
    const signed = activation.lower < 0;
    const weightStep = WEIGHT_NOISE * UNIFORM / SIGNED_STEPS ** 2;
    const activationStep = UNIFORM / (signed ? SIGNED_STEPS : UNSIGNED_STEPS) ** 2;
    const inputs = inputPowers(from);
    const fromCosts = costs.get(from.node.name) ?? importanceOf(from);
    const toScales = layers.scales(to);
    const outputs = importanceOf(to).map((value, channel) => value * (toScales[channel] ?? 1) ** 2);
    const first = await unscaledMagnitudes(from, "output");
    const second = joinSpread(await unscaledMagnitudes(to, "input"), link);
    const seenPowers = outputPowers(link, options);
    const fromKernel = kernelElements(layers, from);
    const toKernel = kernelElements(layers, to);
    const fromInputs = sumOverGroups(from, "output", inputs);
    const toOutputs = sumSpread(sumOverGroups(to, "input", outputs), link);
    const scales = noiseScales({
      first,
      second,
      activation: largestActivations(link, options),
      firstCost: fromCosts.map((value, channel) =>
        first[channel] === 0 ? 0 : weightStep * value * fromKernel * (fromInputs[channel] ?? 0)
      ),
      activationCost: fromCosts.map((value) => activationStep * value),
      secondCost: seenPowers.map((power, channel) =>
        weightStep * power * toKernel * (toOutputs[channel] ?? 0)
      ),
    });
    const total = layers.scales(from);
    return scales.map((scale, channel) => scale / (total[channel] ?? 1));
  }

  /** The largest weights of a side before its own scales; channels that were settled stay zero. */
  async function unscaledMagnitudes(
    layer: EqualizableLayer,
    side: WeightSide,
  ): Promise<Float64Array> {
    const weight = layers.weight(layer, side === "input" ? "output" : "input");
    const factors = layers.factors(layer, side);
    const magnitudes = await weightMagnitudes(weight, sideLayout(layer, side), read);
    return magnitudes.map((value, channel) => factors[channel] === 0 ? 0 : value);
  }

  return async ({ links: set }) => {
    const scales: Float64Array[] = [];
    for (const link of set) scales.push(await scalesOf(link));
    return scales;
  };
}

/** The mean square of each channel behind the activation function, without what was absorbed. */
function outputPowers(
  { from }: LayerLink,
  { statistics, absorbed }: NoiseKnowledge,
): Float64Array {
  const seen = statistics.get(from.output);
  const gone = absorbed.get(from.node.name);
  return new Float64Array(from.outputChannels).map((_, channel) => {
    if (seen === undefined) return 1;
    const constant = gone?.[channel] ?? 0;
    const squares = seen.activeSquares[channel] ?? 0;
    // Nothing is absorbed of a channel that is cut at zero, so its mean is that of the output.
    return Math.max(
      squares / seen.count - 2 * constant * seen.mean(channel) + constant * constant,
      1e-9,
    );
  });
}

/** The largest magnitude of each channel behind the activation function. */
function largestActivations(
  { from, activation }: LayerLink,
  { statistics, absorbed }: NoiseKnowledge,
): Float64Array {
  const seen = statistics.get(from.output);
  const gone = absorbed.get(from.node.name);
  return new Float64Array(from.outputChannels).map((_, channel) => {
    const limit = (value: number): number =>
      Math.min(Math.max(value, activation.lower), activation.upper) - (gone?.[channel] ?? 0);
    const [low, high] = [limit(seen?.min[channel] ?? 0), limit(seen?.max[channel] ?? 0)];
    return activation.lower < 0 ? Math.max(-low, high, 0) : Math.max(high, 0);
  });
}

function kernelElements(layers: ScaledLayers, layer: EqualizableLayer): number {
  return countElements(layers.weight(layer).shape.slice(2));
}

/** For each channel of one side, the sum of a number over the channels of the other that it meets. */
function sumOverGroups(
  { groups, inputChannels, outputChannels }: EqualizableLayer,
  side: WeightSide,
  values: Float64Array,
): Float64Array {
  const size = values.length / groups;
  const sums = Array.from(
    { length: groups },
    (_, group) => values.subarray(group * size, (group + 1) * size).reduce((a, b) => a + b, 0),
  );
  const channels = side === "input" ? inputChannels : outputChannels;
  return new Float64Array(channels)
    .map((_, channel) => sums[Math.floor(channel * groups / channels)] ?? 0);
}

function joinSpread(values: Float64Array, { spread }: LayerLink): Float64Array {
  if (spread === 1) return values;
  return new Float64Array(values.length / spread).map((_, channel) =>
    values.subarray(channel * spread, (channel + 1) * spread).reduce((a, b) => Math.max(a, b), 0)
  );
}

function sumSpread(values: Float64Array, { spread }: LayerLink): Float64Array {
  if (spread === 1) return values;
  return new Float64Array(values.length / spread).map((_, channel) =>
    values.subarray(channel * spread, (channel + 1) * spread).reduce((a, b) => a + b, 0)
  );
}

function repeatSpread(values: Float64Array, { spread }: LayerLink): Float64Array {
  if (spread === 1) return values;
  return new Float64Array(values.length * spread)
    .map((_, channel) => values[Math.floor(channel / spread)] ?? 0);
}
