import { computeEncoding } from "../compute_encoding.ts";
import { MIN_MAX } from "../observations.ts";
import type { RangeMethod } from "../range_method.ts";

/** SNPE's default: the whole range, asymmetric, zero exact. */
export const tf: RangeMethod = {
  description: "smallest and largest value, zero exact",
  calibration: "min-max",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...MIN_MAX,
  encode: (observer, options) => computeEncoding(observer.range() ?? { min: 0, max: 0 }, options),
};

/** The whole range, symmetric around zero. */
export const symmetric: RangeMethod = {
  ...withoutCalibration(tf),
  description: "tf with a symmetric grid",
  schema: "symmetric",
  schemas: ["symmetric"],
  encode: (observer, options) => tf.encode(observer, { schema: "symmetric", ...options }),
};

/** The whole range, with as many steps below zero as above. */
export const strictSymmetric: RangeMethod = {
  ...withoutCalibration(tf),
  description: "tf with a strictly symmetric grid",
  schema: "strict-symmetric",
  schemas: ["strict-symmetric"],
  encode: (observer, options) => tf.encode(observer, { schema: "strict-symmetric", ...options }),
};

/** The whole range, with all steps above zero where nothing is negative. */
export const unsignedSymmetric: RangeMethod = {
  ...withoutCalibration(tf),
  description: "tf with an unsigned symmetric grid where nothing is negative",
  schema: "unsigned-symmetric",
  schemas: ["unsigned-symmetric"],
  encode: (observer, options) => tf.encode(observer, { schema: "unsigned-symmetric", ...options }),
};

/** The rows above are schemas of one choice of a range, whose name only one row carries. */
function withoutCalibration({ calibration: _, ...method }: RangeMethod): RangeMethod {
  return method;
}
