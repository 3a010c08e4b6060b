import { FormatError } from "../errors.ts";
import { minMax } from "../kernels/mod.ts";
import type { TensorRange } from "./compute_encoding.ts";
import type { ObservedPlace } from "./observer.ts";

/**
 * The smallest and the largest of some values, at least one.
 *
 * @throws {FormatError} If a value is NaN or infinite; the message names the tensor and the element.
 */
export function finiteRange(values: Float32Array, place: ObservedPlace): TensorRange {
  const { min, max, finite } = minMax(values);
  if (finite) return { min, max };
  const index = values.findIndex((value) => !Number.isFinite(value));
  const sample = place.sample === undefined ? "" : ` of sample ${place.sample}`;
  throw new FormatError(
    `Cannot observe tensor "${place.tensor}"${sample}: element ${(place.offset ?? 0) + index} is ${
      values[index]
    }, expected finite numbers`,
    { expected: "finite numbers", found: String(values[index]) },
  );
}
