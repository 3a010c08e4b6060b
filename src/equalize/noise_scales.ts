import { type NoiseTerms, PlacedNoise } from "../kernels/mod.ts";

/** What {@linkcode noiseScales} knows of the channels between two layers; one number a channel. */
export interface ChannelNoise {
  /** Largest weight of each output channel of the first layer. */
  readonly first: Float64Array;
  /** Largest weight of each input channel of the second layer. */
  readonly second: Float64Array;
  /** Largest magnitude of the activation. */
  readonly activation: Float64Array;
  /** What an error of one step of the first weight costs. */
  readonly firstCost: Float64Array;
  /** What an error of one step of the activation costs. */
  readonly activationCost: Float64Array;
  /** What an error of one step of the second weight costs. */
  readonly secondCost: Float64Array;
}

/** Where the search for a limit ends: this many times the smallest possible one, as a logarithm. */
const WIDEST_SEARCH = 8;
const SEARCH_STEPS = 24;

/** The smallest limit, where all ranges are zero; its square is still a number. */
const LEAST_LIMIT = 1e-150;

/**
 * The scales of a pair of layers that make the noise of quantization least where each tensor has one
 * step. Dividing channel `c` by `s` changes the largest elements of the three tensors,
 *
 * `T1 = max r1 / s`, `TA = max a / s`, `T2 = max r2 * s`,
 *
 * whose steps are in proportion, and the noise is
 *
 * `sum over c of (T1² * k1 + TA² * kA) * s² + T2² * k2 / s²`.
 *
 * The noise is a posynomial, so it is convex in the logarithms, and only ratios of scales matter: with
 * `T2 = 1`, for given `T1` and `TA` each scale has a closed form, the fourth root of the ratio of its
 * two costs between the limits; the two limits are found by golden-section search.
 *
 * Equalizing ranges (`s = sqrt(r1 / r2)`) serves every weight channel alike; this serves those whose
 * errors reach the output, and does not pay with wide activations.
 *
 * @param noise Ranges and costs.
 * @returns The scales; 1 for channels without a second weight, or with neither first weight nor
 *   activation. The largest weights of both layers become equal.
 */
export function noiseScales(noise: ChannelNoise): Float64Array {
  const { first, second, activation } = noise;
  const scales = new Float64Array(first.length).fill(1);
  const live = Array.from(first.keys()).filter((channel) =>
    at(second, channel) > 0 && at(first, channel) + at(activation, channel) > 0
  );
  if (live.length === 0) return scales;
  const largest = (of: (channel: number) => number): number =>
    live.reduce((most, channel) => Math.max(most, of(channel)), -Infinity);
  const [firstFloor = 0, activationFloor = 0] = [first, activation].map((range) =>
    Math.log(Math.max(largest((c) => at(range, c) * at(second, c)), LEAST_LIMIT))
  );
  using placed = new PlacedNoise(noiseTerms(noise, live));
  // Limits are searched as logarithms; the noise knows their squares.
  const noiseAt = (first: number, activation: number): number =>
    placed.noiseAt(Math.exp(2 * first), Math.exp(2 * activation));
  const bestActivation = (limit: number): number =>
    leastBy((activationLimit) => noiseAt(limit, activationLimit), activationFloor);
  const firstLimit = leastBy((limit) => noiseAt(limit, bestActivation(limit)), firstFloor);
  noiseAt(firstLimit, bestActivation(firstLimit));
  const found = placed.found();
  for (const [index, channel] of live.entries()) scales[channel] = 1 / Math.sqrt(at(found, index));

  const before = largest((c) => at(first, c) / at(scales, c));
  const behind = largest((c) => at(second, c) * at(scales, c));
  const balance = before > 0 ? Math.sqrt(before / behind) : 1;
  for (const channel of live) scales[channel] = at(scales, channel) * balance;
  return scales.map((scale) => Number.isFinite(scale) && scale > 0 ? scale : 1);
}

/** The terms of some channels, in `u = 1 / s²`: the second weight, the first one and the activation bound it. */
function noiseTerms(noise: ChannelNoise, channels: readonly number[]): NoiseTerms {
  const pick = (values: Float64Array): Float64Array =>
    new Float64Array(channels.length).map((_, index) => at(values, channels[index] ?? 0));
  return {
    least: pick(noise.second).map((value) => value ** 2),
    first: pick(noise.first).map((value) => value ** -2),
    second: pick(noise.activation).map((value) => value ** -2),
    firstCost: pick(noise.firstCost),
    secondCost: pick(noise.activationCost),
    cost: pick(noise.secondCost),
  };
}

/** Finds the least value of a convex function behind a floor, by golden-section search. */
function leastBy(cost: (x: number) => number, floor: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [floor, floor + WIDEST_SEARCH];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [leftCost, rightCost] = [cost(left), cost(right)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    if (leftCost < rightCost) {
      [high, right, rightCost] = [right, left, leftCost];
      left = high - ratio * (high - low);
      leftCost = cost(left);
    } else {
      [low, left, leftCost] = [left, right, rightCost];
      right = low + ratio * (high - low);
      rightCost = cost(right);
    }
  }
  return (low + high) / 2;
}

function at(values: Float64Array, channel: number): number {
  return values[channel] ?? 0;
}
