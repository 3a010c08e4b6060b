import type { AverageBins } from "../average_histogram_observer.ts";
import { computeEncoding, type TensorRange } from "../compute_encoding.ts";
import { AVERAGE_HISTOGRAM } from "../observations.ts";
import type { RangeMethod, RangeMethodOptions } from "../range_method.ts";
import { averageBins, averageRange, zerosEncoding } from "./average_bins.ts";
import { checkedPercentile } from "./percentile.ts";

const { fround } = Math;

/**
 * AIMET's percentile calibration (quic/aimet, `PercentileEncodingAnalyzer`) on its average histogram,
 * to the digit. As in {@linkcode percentile}, `100 - p` percent may be cut off at each end.
 */
export const aimetPercentile: RangeMethod = {
  description: "percentile on AIMET's average histogram, as AIMET computes it",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...AVERAGE_HISTOGRAM,
  encode(observer, options) {
    const { bitwidth = 8, schema = "asymmetric" } = options;
    const bins = averageBins(observer);
    if (bins === undefined) return zerosEncoding({ bitwidth, schema });
    const range = percentileRange(bins, options);
    return computeEncoding(range, { ...options, minimumRange: 0 });
  },
};

function percentileRange(
  bins: AverageBins,
  options: RangeMethodOptions,
): TensorRange {
  const percentile = checkedPercentile(options);
  if (percentile === 100) return averageRange(bins, options);
  const { low, step, width, mass } = bins;
  const edgeOf = (bin: number) => low + bin * step;
  const left = fround(1 - fround(percentile) / 100);
  const right = fround(fround(percentile) / 100);
  let min = low;
  let max = edgeOf(mass.length - 1) + width;
  let sum = 0;
  let found = false;
  for (let bin = 0; bin < mass.length; bin++) {
    sum += mass[bin]!;
    if (!found && sum >= left) {
      min = edgeOf(bin);
      found = true;
    }
    if (sum < right && bin + 1 < mass.length) max = edgeOf(bin + 1);
  }
  if (min === max) max += width;
  return { min: Math.min(0, fround(min)), max: Math.max(0, fround(max)) };
}
