import type { Bins } from "../bins.ts";
import { computeEncoding, type TensorRange } from "../compute_encoding.ts";
import { HISTOGRAM } from "../observations.ts";
import type { RangeMethod, RangeMethodOptions } from "../range_method.ts";
import { observedBins } from "./observed_bins.ts";

/** qairt-quantizer's `--percentile-calibration-value`. */
const DEFAULT_PERCENTILE = 99.99;

/**
 * Leaves rare values out: at each end as many bins as hold less than `100 - p` percent of the values,
 * as AIMET counts (ONNX Runtime cuts half of that). On the exact histogram, whose bins end where the
 * values do; with `p = 100` the range is the observed one.
 */
export const percentile: RangeMethod = {
  description: "cuts off 100 - P percent of the values at each end",
  calibration: "percentile",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...HISTOGRAM,
  encode(observer, options) {
    const { bins, range } = observedBins(observer);
    return computeEncoding(percentileRange(bins, range, checkedPercentile(options)), options);
  },
};

/**
 * The percentile that was asked for.
 *
 * @throws {RangeError} If it is not from 90 to 100.
 */
export function checkedPercentile(options: RangeMethodOptions): number {
  const { percentile = DEFAULT_PERCENTILE } = options;
  if (percentile >= 90 && percentile <= 100) return percentile;
  throw new RangeError(
    `Cannot compute an encoding: percentile ${percentile}, expected a number from 90 to 100`,
  );
}

function percentileRange(
  { low, width, mass }: Bins,
  range: TensorRange,
  percentile: number,
): TensorRange {
  const total = mass.reduce((sum, count) => sum + count, 0);
  const most = total * (100 - percentile) / 100;
  let first = 0;
  for (let sum = mass[0]!; sum < most; sum += mass[++first]!);
  let last = mass.length - 1;
  for (let sum = mass[last]!; sum < most; sum += mass[--last]!);
  const min = low + first * width;
  const max = low + (last + 1) * width;
  return {
    min: Math.max(range.min, Math.min(min, max)),
    max: Math.min(range.max, Math.max(min, max)),
  };
}
