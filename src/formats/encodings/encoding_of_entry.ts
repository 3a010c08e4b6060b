import type { Encoding } from "../../tensor/mod.ts";
import type { JsonEntry } from "./json_entry.ts";

/** The numbers of one grid as a file gives them; each may be missing. */
export interface GridNumbers {
  /** Bits of a stored integer. */
  readonly bitwidth: number;
  /** Whether the grid is called symmetric. */
  readonly symmetric: boolean;
  /** Real number of the smallest code. */
  readonly min: number | undefined;
  /** Real number of the largest code. */
  readonly max: number | undefined;
  /** Step. */
  readonly scale: number | undefined;
  /** Of either sign. */
  readonly offset: number | undefined;
}

/**
 * Completes the numbers of a grid by AIMET's and SNPE's rules for files up to version 1.0.0:
 *
 * - minimum and maximum decide where they are given (they are kept as they stand, quantizing puts
 *   zero on the grid); scale and offset are then only derived;
 * - else scale and offset give the ends; the sign of an offset is never trusted, and a symmetric
 *   offset of 0 means signed storage.
 *
 * @param entry Where the numbers stand, for errors.
 * @param numbers What is given.
 * @returns The encoding, or `undefined` if only the bit width is given.
 * @throws {FormatError} If the numbers contradict each other or are too few.
 */
export function encodingOfEntry(entry: JsonEntry, numbers: GridNumbers): Encoding | undefined {
  const { bitwidth, symmetric, min, max, scale } = numbers;
  const steps = 2 ** bitwidth - 1;
  if (min !== undefined && max !== undefined) {
    if (min > max) throw entry.error(`has min ${min} and max ${max}`, "min <= max");
    if (min === max) throw entry.error(`has min and max ${min}`, "a range of some width");
    const step = (max - min) / steps;
    const offset = min >= 0 ? 0 : max <= 0 ? -steps : 0 - Math.round(-min / step);
    return { bitwidth, min, max, scale: step, offset, symmetric };
  }
  if (min !== undefined || max !== undefined) {
    throw entry.error(`has only ${min === undefined ? "max" : "min"}`, "both min and max");
  }
  if (scale === undefined) {
    if (numbers.offset !== undefined) throw entry.error("has an offset without scale", "both");
    return undefined;
  }
  if (scale <= 0) throw entry.error(`has scale ${scale}`, "a positive number");
  if (numbers.offset === undefined && !symmetric) {
    throw entry.error("has a scale without offset", "both, or a symmetric encoding");
  }
  const half = 2 ** (bitwidth - 1);
  const magnitude = Math.abs(numbers.offset ?? half);
  const offset = 0 - (symmetric && magnitude === 0 ? half : magnitude);
  if (!Number.isInteger(offset) || offset < -steps) {
    throw entry.error(`has offset ${numbers.offset}`, `an integer from ${-steps} to 0`);
  }
  const top = symmetric ? Math.floor(steps / 2) : steps + offset;
  if (top <= 0 && offset === 0) throw entry.error("has an empty range", "a range of some width");
  return { bitwidth, min: scale * offset, max: scale * top, scale, offset, symmetric };
}
