import { FormatError } from "../errors.ts";
import { minMax } from "../kernels/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";

/**
 * Checks that an observed tensor holds numbers only.
 *
 * @throws {FormatError} If an element is NaN or infinite; the message names value and sample.
 */
export function requireFinite(value: string, tensor: DenseTensor, sample: number): void {
  if (tensor.data instanceof Float32Array && !minMax(tensor.data).finite) {
    throw notFinite(value, sample);
  }
}

/** The error of a value that is NaN or infinite somewhere. */
export function notFinite(value: string, sample: number): FormatError {
  return new FormatError(
    `Cannot observe value "${value}" of sample ${sample}: found NaN or infinity, expected numbers`,
    { found: "NaN or infinity", expected: "numbers" },
  );
}
