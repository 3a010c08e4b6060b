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

/** Where the search for a limit begins and ends: this many times the smallest possible one. */
const WIDEST_SEARCH = Math.exp(8);
const SEARCH_STEPS = 24;

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
  const floors = [first, activation].map((range) =>
    Math.log(Math.max(largest((c) => at(range, c) * at(second, c)), Number.MIN_VALUE))
  );
  const [firstFloor = 0, activationFloor = 0] = floors;
  const bestActivation = (firstLimit: number): number =>
    leastBy(
      (limit) => costOf({ ...noise, live, firstLimit, activationLimit: Math.exp(limit) }),
      activationFloor,
    );
  const cost = (limit: number): number => {
    const firstLimit = Math.exp(limit);
    const activationLimit = Math.exp(bestActivation(firstLimit));
    return costOf({ ...noise, live, firstLimit, activationLimit });
  };
  const firstLimit = Math.exp(leastBy(cost, firstFloor));
  const activationLimit = Math.exp(bestActivation(firstLimit));
  costOf({ ...noise, live, firstLimit, activationLimit, scales });

  const before = largest((c) => at(first, c) / at(scales, c));
  const behind = largest((c) => at(second, c) * at(scales, c));
  const balance = before > 0 ? Math.sqrt(before / behind) : 1;
  for (const channel of live) scales[channel] = at(scales, channel) * balance;
  return scales.map((scale) => Number.isFinite(scale) && scale > 0 ? scale : 1);
}

/** The noise under given limits, and the scales that give it. */
function costOf(
  { live, firstLimit, activationLimit, scales, ...noise }: ChannelNoise & {
    readonly live: readonly number[];
    readonly firstLimit: number;
    readonly activationLimit: number;
    readonly scales?: Float64Array;
  },
): number {
  let cost = 0;
  for (const channel of live) {
    const growing = firstLimit ** 2 * at(noise.firstCost, channel) +
      activationLimit ** 2 * at(noise.activationCost, channel);
    const shrinking = at(noise.secondCost, channel);
    // Where nothing is at stake any scale will do: as large as the second weight allows.
    const wish = growing > 0 ? Math.sqrt(Math.sqrt(shrinking / growing)) : Infinity;
    const scale = Math.max(
      Math.min(wish, 1 / at(noise.second, channel)),
      at(noise.first, channel) / firstLimit,
      at(noise.activation, channel) / activationLimit,
    );
    if (scales !== undefined) scales[channel] = scale;
    cost += growing * scale * scale + (shrinking === 0 ? 0 : shrinking / (scale * scale));
  }
  return cost;
}

/** Finds the least value of a convex function behind a floor, by golden-section search. */
function leastBy(cost: (x: number) => number, floor: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [floor, floor + Math.log(WIDEST_SEARCH)];
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
