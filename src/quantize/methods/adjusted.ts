import type { Encoding } from "../../tensor/mod.ts";
import { computeEncoding, type TensorRange, widenRange } from "../compute_encoding.ts";
import { MIN_MAX } from "../observations.ts";
import type { RangeMethod, RangeMethodOptions } from "../range_method.ts";

/**
 * SNPE's adjusted weights quantizer. Qualcomm publishes no formula, only that the maximum is expanded
 * or the minimum decreased if necessary; this is the smallest such change that puts zero on the grid:
 * with `z` steps below zero the step is `max(-min / z, max / (N - z))`, for `z` one of the two integers
 * beside `-min / step`. No weight is clipped.
 */
export const adjusted: RangeMethod = {
  description:
    "tf that widens one end in place of moving both, so that no weight is clipped; 8 bits",
  weights: true,
  activations: false,
  schema: "asymmetric",
  schemas: ["asymmetric"],
  bitwidths: [8],
  ...MIN_MAX,
  encode: (observer, options) =>
    computeAdjustedEncoding(observer.range() ?? { min: 0, max: 0 }, options),
};

function computeAdjustedEncoding(range: TensorRange, options: RangeMethodOptions): Encoding {
  const moved = computeEncoding(range, options);
  const { min, max } = widenRange(range, options);
  if (min === 0 || max === 0) return moved;
  const steps = 2 ** moved.bitwidth - 1;
  const exact = -min / ((max - min) / steps);
  let best: Encoding | undefined;
  for (const neighbour of [Math.floor(exact), Math.ceil(exact)]) {
    const below = Math.min(Math.max(neighbour, 1), steps - 1);
    const scale = Math.max(-min / below, max / (steps - below));
    if (best !== undefined && scale >= best.scale) continue;
    best = { ...moved, min: -below * scale, max: (steps - below) * scale, scale, offset: -below };
  }
  return best ?? moved;
}
