import type { CodeArray, StoredCodeOptions } from "./code_array.ts";

/** A checked {@linkcode StoredCodeOptions}. */
export interface StoredCodes {
  /** The largest code. */
  readonly top: number;
  /** Stored integer = code - shift. */
  readonly shift: number;
}

/** Whether an array's integers have a sign. */
export function isSigned(array: CodeArray): boolean {
  return array instanceof Int8Array || array instanceof Int16Array || array instanceof Int32Array;
}

/**
 * Fills in the defaults and checks that `array` can store all codes.
 *
 * @throws {RangeError} If it cannot.
 */
export function storedCodes(array: CodeArray, options: StoredCodeOptions): StoredCodes {
  const capacity = 2 ** (8 * array.BYTES_PER_ELEMENT);
  const smallest = isSigned(array) ? -capacity / 2 : 0;
  const levels = options.levels ?? capacity;
  const shift = options.shift ?? (isSigned(array) ? Math.floor(levels / 2) : 0);
  if (
    !Number.isInteger(levels) || levels < 1 || !Number.isInteger(shift) ||
    -shift < smallest || levels - 1 - shift >= smallest + capacity
  ) {
    throw new RangeError(
      `Cannot store ${levels} codes less ${shift}: they do not fit ` +
        `${isSigned(array) ? "signed" : "unsigned"} integers of ${
          8 * array.BYTES_PER_ELEMENT
        } bits`,
    );
  }
  return { top: levels - 1, shift };
}

/**
 * Checks the numbers of an encoding.
 *
 * @throws {RangeError} If the scale is not a positive number or the offset not an integer.
 */
export function checkScale(scale: number, offset: number): void {
  if (!(scale > 0 && scale < Infinity) || !Number.isInteger(offset)) {
    throw new RangeError(
      `Cannot use the encoding: scale ${scale}, offset ${offset}; ` +
        "expected a positive scale and an integer offset",
    );
  }
}
