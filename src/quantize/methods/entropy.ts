import type { Bins } from "../bins.ts";
import { computeEncoding, type TensorRange } from "../compute_encoding.ts";
import { HISTOGRAM } from "../observations.ts";
import type { RangeMethod } from "../range_method.ts";
import { leastDivergence } from "./least_divergence.ts";
import { observedBins } from "./observed_bins.ts";

/** AIMET's numbers of bins and of quantized bins. */
const BINS = 512;
const LEVELS = 255;

/**
 * The window of the histogram whose quantized form has the least Kullback-Leibler divergence from it:
 * AIMET's search (see {@linkcode leastDivergence}) over 512 bins between the ends of the data, or of a
 * symmetric range around it. Unlike AIMET's, they are filled from the exact histogram, so that the
 * result does not depend on how the data came. As there, the range is the observed one at other widths
 * than 8 bits.
 */
export const entropy: RangeMethod = {
  description: "the window with the least Kullback-Leibler divergence; other than 8 bits as tf",
  calibration: "entropy",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...HISTOGRAM,
  encode(observer, options) {
    const { bins, range } = observedBins(observer);
    const { bitwidth = 8, schema = "asymmetric" } = options;
    if (bitwidth !== 8 || range.min === range.max) return computeEncoding(range, options);
    const symmetric = schema !== "asymmetric" &&
      !(schema === "unsigned-symmetric" && range.min >= 0);
    const magnitude = Math.max(-range.min, range.max);
    const ends = symmetric ? { min: -magnitude, max: magnitude } : range;
    const { min, max } =
      leastDivergence(spread(bins, range, ends), { levels: LEVELS, symmetric }) ??
        range;
    // Zero first: a symmetric window can lie on one side of data that has one sign.
    const low = Math.min(0, Math.max(min, range.min));
    const high = Math.max(0, Math.min(max, range.max));
    return computeEncoding({ min: low, max: high }, options);
  },
};

/** Spreads counts over 512 bins between two ends; a count is shared by the bins that its bin covers. */
function spread(
  { low, width, mass }: Bins,
  range: TensorRange,
  { min, max }: TensorRange,
): Bins {
  const target = { low: min, width: (max - min) / BINS, mass: new Float64Array(BINS) };
  for (let bin = 0; bin < mass.length; bin++) {
    const count = mass[bin]!;
    if (count === 0) continue;
    // The outermost bins reach beyond the data.
    const start = Math.max(low + bin * width, range.min);
    const end = Math.min(low + (bin + 1) * width, range.max);
    const first = binOf(target, start);
    const last = binOf(target, end);
    for (let to = first; to <= last; to++) {
      const from = Math.max(start, min + to * target.width);
      const until = to === last ? end : min + (to + 1) * target.width;
      const share = end > start ? Math.max(0, until - from) / (end - start) : 1;
      target.mass[to]! += count * share;
    }
  }
  return target;
}

function binOf({ low, width }: Bins, value: number): number {
  return Math.min(Math.max(0, Math.floor((value - low) / width)), BINS - 1);
}
