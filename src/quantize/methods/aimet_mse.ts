import type { AverageBins } from "../average_histogram_observer.ts";
import type { Bins } from "../bins.ts";
import { computeEncoding, roundHalfAway, type TensorRange } from "../compute_encoding.ts";
import { AVERAGE_HISTOGRAM } from "../observations.ts";
import type { RangeMethod, RangeMethodOptions } from "../range_method.ts";
import { averageBins, averageRange, zerosEncoding } from "./average_bins.ts";

const { fround } = Math;

/**
 * AIMET's mean squared error calibration (quic/aimet, `MseEncodingAnalyzer`) on its average histogram,
 * to the digit: of all pairs of bin edges around zero the one with the least squared error.
 */
export const aimetMse: RangeMethod = {
  description: "mse on AIMET's average histogram, as AIMET computes it; slow",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...AVERAGE_HISTOGRAM,
  encode(observer, options) {
    const { bitwidth = 8, schema = "asymmetric" } = options;
    const bins = averageBins(observer);
    if (bins === undefined) return zerosEncoding({ bitwidth, schema });
    return computeEncoding(leastErrorRange(bins, options), { ...options, minimumRange: 0 });
  },
};

function leastErrorRange(
  bins: AverageBins,
  options: RangeMethodOptions,
): TensorRange {
  const { low, step, width, mass } = bins;
  const observed = averageRange(bins, options);
  const high = fround(observed.max + width);
  const edges = [observed.min];
  const top = fround(low + (mass.length - 1) * step + width);
  for (let edge = fround(low); edge <= top; edge = fround(edge + width)) {
    if (edge >= observed.min && edge <= high) edges.push(edge);
  }
  const centres = centresOf(bins, { start: observed.min, count: edges.length - 1 });
  let best: TensorRange = { min: observed.min, max: high };
  let bestCost = Infinity;
  for (const min of [...edges.filter((edge) => edge < 0), 0]) {
    for (const max of [...edges.filter((edge) => edge > 0), 0]) {
      if (min === 0 && max === 0) continue;
      const cost = costOf(centres, { min, max }, options);
      if (cost < bestCost) [best, bestCost] = [{ min, max }, cost];
    }
  }
  return best;
}

/** The middles of bins, counted from the least value, and the shares found there. */
interface Centres {
  readonly values: Float64Array;
  readonly shares: Float64Array;
}

function centresOf(
  { low, width, mass }: Bins,
  { start, count }: { readonly start: number; readonly count: number },
): Centres {
  const values: number[] = [];
  const shares: number[] = [];
  let centre = fround(start + width / 2);
  for (let index = 0; index < count; index++) {
    const bin = Math.min(Math.max(0, Math.floor((centre - low) / width)), mass.length - 1);
    const share = fround(mass[bin]!);
    if (share > 0) {
      values.push(centre);
      shares.push(share);
    }
    centre = fround(centre + width);
  }
  return { values: Float64Array.from(values), shares: Float64Array.from(shares) };
}

function costOf(
  { values, shares }: Centres,
  range: TensorRange,
  options: RangeMethodOptions,
): number {
  const { min, max } = range;
  const { scale, offset } = computeEncoding(range, { ...options, minimumRange: 0 });
  let cost = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    const clamped = Math.max(min, Math.min(value, max));
    const code = roundHalfAway(clamped / scale - offset);
    const error = fround(value - fround(scale * (code + offset)));
    cost = fround(cost + shares[index]! * (error * error));
  }
  return cost;
}
