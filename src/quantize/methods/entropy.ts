import type { Bins } from "../bins.ts";
import { computeEncoding } from "../compute_encoding.ts";
import { HISTOGRAM } from "../observations.ts";
import type { RangeMethod, RangeMethodOptions } from "../range_method.ts";
import { leastDivergence } from "./least_divergence.ts";
import { observedBins } from "./observed_bins.ts";

/**
 * The window of the exact histogram whose quantized form has the least Kullback-Leibler divergence
 * from it, as AIMET searches: see {@linkcode leastDivergence}. Where there are not more bins than
 * codes (16 bits, or few different values), the range is the observed one.
 */
export const entropy: RangeMethod = {
  description: "the window with the least Kullback-Leibler divergence; at 16 bits as tf",
  calibration: "entropy",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...HISTOGRAM,
  encode(observer, options) {
    const { bins, range } = observedBins(observer);
    const symmetric = options.schema !== undefined && options.schema !== "asymmetric" &&
      !(options.schema === "unsigned-symmetric" && range.min >= 0);
    const window = leastDivergence(symmetric ? mirrored(bins) : bins, {
      levels: levelsOf(options),
      symmetric,
    });
    const { min, max } = window ?? range;
    return computeEncoding(
      { min: Math.max(min, range.min), max: Math.min(max, range.max) },
      options,
    );
  },
};

/** As many as AIMET takes for 8 bits, 255. */
function levelsOf({ bitwidth = 8 }: RangeMethodOptions): number {
  return 2 ** bitwidth - 1;
}

/** Adds empty bins, so that zero is in the middle. */
function mirrored({ low, width, mass }: Bins): Bins {
  const below = Math.round(-low / width);
  const half = Math.max(below, mass.length - below);
  const wider = new Float64Array(2 * half);
  wider.set(mass, half - below);
  return { low: -half * width, width, mass: wider };
}
