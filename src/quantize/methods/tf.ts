import { computeEncoding } from "../compute_encoding.ts";
import { MinMaxObserver } from "../min_max_observer.ts";
import type { RangeMethod } from "../range_method.ts";

/** SNPE's default: the whole range, asymmetric, zero exact. */
export const tf: RangeMethod = {
  description: "smallest and largest value, asymmetric, zero exact",
  weights: true,
  activations: true,
  createObserver: () => new MinMaxObserver(),
  restoreObserver: MinMaxObserver.fromJSON,
  encode: (observer, options) => computeEncoding(observer.range() ?? { min: 0, max: 0 }, options),
};
