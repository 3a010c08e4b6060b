import { CALL_ADDRESS, MEMORY } from "./_memory.ts";
import { readBlocks } from "./_staging.ts";
import { minMax as minMaxKernel } from "./kernels.wasm";

/** The smallest and the largest number of some data. */
export interface Range {
  /** The smallest finite number; `Infinity` if there is none. */
  readonly min: number;
  /** The largest finite number; `-Infinity` if there is none. */
  readonly max: number;
  /** Whether there is neither an infinity nor a NaN in the data. */
  readonly finite: boolean;
}

const result = new Float32Array(MEMORY, CALL_ADDRESS, 2);

/**
 * Finds the smallest and the largest number. Nothing, or nothing finite, gives
 * `{ min: Infinity, max: -Infinity }`, which any other range swallows when merged.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @returns The range of the finite numbers.
 */
export function minMax(data: Float32Array): Range {
  let min = Infinity;
  let max = -Infinity;
  let sure = true;
  readBlocks(data, (input, _output, count) => {
    result[0] = min;
    result[1] = max;
    if (minMaxKernel(input, count, CALL_ADDRESS) === 0) sure = false;
    [min = Infinity, max = -Infinity] = result;
  });
  // Infinities stand in the range itself, unless it is the empty one.
  if (!sure || min === -Infinity || max === Infinity) return minMaxOfFinite(data);
  // -0 + 0 is 0: which of the two zeros comes first does not show.
  return { min: min + 0, max: max + 0, finite: true };
}

/** The rare case, one number at a time. */
function minMaxOfFinite(data: Float32Array): Range {
  let min = Infinity;
  let max = -Infinity;
  let finite = true;
  for (const value of data) {
    if (!Number.isFinite(value)) finite = false;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return { min: min + 0, max: max + 0, finite };
}
