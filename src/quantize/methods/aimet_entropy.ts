import type { Bins } from "../bins.ts";
import { computeEncoding, roundHalfAway } from "../compute_encoding.ts";
import { kindError } from "../observer.ts";
import { RESCALED_HISTOGRAM } from "../observations.ts";
import type { RangeMethod } from "../range_method.ts";
import { RescaledHistogramObserver } from "../rescaled_histogram_observer.ts";
import { zerosEncoding } from "./average_bins.ts";
import { leastDivergence } from "./least_divergence.ts";

const { fround } = Math;
/** AIMET's number of quantized bins. */
const LEVELS = 255;

/**
 * AIMET's entropy calibration (quic/aimet, `EntropyEncodingAnalyzer`) on the histogram it keeps for
 * it, to the digit. At other widths than 8 bits the range is the observed one.
 */
export const aimetEntropy: RangeMethod = {
  description: "entropy on AIMET's histogram, as AIMET computes it; other than 8 bits as tf",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...RESCALED_HISTOGRAM,
  encode(observer, options) {
    if (!(observer instanceof RescaledHistogramObserver)) {
      throw kindError("rescaled-histogram", observer);
    }
    if (observer.range() === undefined) {
      throw new RangeError("Cannot compute an encoding: no values were observed");
    }
    const { bitwidth = 8, schema = "asymmetric" } = options;
    const bins = observer.bins();
    if (bins === undefined) return zerosEncoding({ bitwidth, schema });
    const symmetric = schema !== "asymmetric" &&
      !(schema === "unsigned-symmetric" && bins.low >= 0);
    const searched = symmetric ? mirrored(bins) : bins;
    const { low, width, mass } = searched;
    const { min, max } = bitwidth === 8
      ? leastDivergence(searched, { levels: LEVELS, symmetric: schema !== "asymmetric", sum }) ??
        { min: low, max: low + width * mass.length }
      : { min: low, max: low + width * mass.length };
    const range = { min: Math.min(0, fround(min)), max: Math.max(0, fround(max)) };
    return computeEncoding(range, { ...options, minimumRange: 0 });
  },
};

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total = fround(total + value);
  return total;
}

/** Splits the counts over as many bins between the larger end and its mirror image, rounded. */
function mirrored({ low, width, mass }: Bins): Bins {
  const bins = mass.length;
  const magnitude = fround(Math.max(Math.abs(low + width * bins), Math.abs(low)));
  const target = { low: -magnitude, width: 2 * magnitude / bins, mass: new Float64Array(bins) };
  if (target.low === low && magnitude === low + width * bins) return { low, width, mass };
  const binOf = (position: number) => Math.min(Math.max(position, 0), bins - 1);
  for (let bin = 0; bin < bins; bin++) {
    const count = mass[bin]!;
    if (count === 0) continue;
    const [start, end] = [low + bin * width, low + (bin + 1) * width];
    const first = binOf(Math.floor((start - target.low) / target.width));
    const last = binOf(Math.ceil((end - target.low) / target.width));
    let left = count;
    for (let to = first; to <= last; to++) {
      const from = target.low + to * target.width;
      const overlap = Math.min(end, target.low + (to + 1) * target.width) - Math.max(start, from);
      const ratio = Math.min(Math.max(overlap / width, 0), 1);
      const moved = Math.min(roundHalfAway(ratio * count), left);
      target.mass[to]! += moved;
      left -= moved;
    }
  }
  return target;
}
