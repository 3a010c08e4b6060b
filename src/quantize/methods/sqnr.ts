import { HISTOGRAM } from "../observations.ts";
import type { RangeMethod } from "../range_method.ts";
import { leastErrorEncoding } from "./least_error.ts";

/** As {@linkcode mse}, but clipping costs three times as much as rounding; AIMET's choice. */
export const sqnr: RangeMethod = {
  description: "the grid with the least squared error, clipped values counting three times",
  calibration: "sqnr",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...HISTOGRAM,
  encode: (observer, options) => leastErrorEncoding(observer, { ...options, clipping: 3 }),
};

/** The least mean squared error over the exact histogram; see {@linkcode leastErrorEncoding}. */
export const mse: RangeMethod = {
  ...sqnr,
  description: "the grid with the least squared error",
  calibration: "mse",
  encode: (observer, options) => leastErrorEncoding(observer, { ...options, clipping: 1 }),
};
