import { changeBlocks } from "./_staging.ts";
import { checkScale } from "./_stored_codes.ts";
import { fakeQuantize as fakeKernel } from "./kernels.wasm";

/** The grid that numbers are moved to. */
export interface FakeQuantizeOptions {
  /** The step between neighbours; positive. */
  readonly scale: number;
  /** An integer; `-offset` is the code of zero. */
  readonly offset: number;
  /** How many grid points there are: `2 ** bitwidth`. */
  readonly levels: number;
}

/** Beyond this many levels a double no longer tells all codes and their halves apart safely. */
const MAX_LEVELS = 2 ** 32;

/**
 * Replaces each number by what encoding and decoding makes of it:
 * `fround(scale * (q + offset))` with the code `q` of {@linkcode quantize}, in double precision.
 * NaN stays NaN.
 *
 * @param data The numbers; changed where they are if they lie in kernel memory.
 * @param options The grid.
 * @throws {RangeError} If the grid is impossible.
 */
export function fakeQuantize(data: Float32Array, options: FakeQuantizeOptions): void {
  const { scale, offset, levels } = options;
  checkScale(scale, offset);
  if (!Number.isInteger(levels) || levels < 1 || levels > MAX_LEVELS) {
    throw new RangeError(
      `Cannot use the encoding: ${levels} levels, expected an integer from 1 to ${MAX_LEVELS}`,
    );
  }
  changeBlocks(data, (input, _output, count) => {
    fakeKernel(input, count, scale, offset, levels - 1);
  });
}
