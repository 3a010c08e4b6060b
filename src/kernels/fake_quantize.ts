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

/** Codes have at most 32 bits. */
const MAX_LEVELS = 2 ** 32;

/**
 * Replaces each number by what `QuantizeLinear` and `DequantizeLinear` of ONNX make of it:
 * `scale * clamp(roundHalfEven(x / scale), offset, offset + levels - 1)`, every step in single
 * precision, the scale too. So activations of a run are bit for bit those of the exported network.
 *
 * Stored codes come from {@linkcode quantize}, which rounds ties away from zero in double precision,
 * as SNPE does. The two differ at ties and within some 1e-5 of a step beside them.
 *
 * NaN stays NaN.
 *
 * @param data The numbers; changed where they are if they lie in kernel memory.
 * @param options The grid.
 * @throws {RangeError} If the grid is impossible, or its scale is 0 or infinite as float32.
 */
export function fakeQuantize(data: Float32Array, options: FakeQuantizeOptions): void {
  const { scale, offset, levels } = options;
  checkScale(scale, offset);
  if (!Number.isInteger(levels) || levels < 1 || levels > MAX_LEVELS) {
    throw new RangeError(
      `Cannot use the encoding: ${levels} levels, expected an integer from 1 to ${MAX_LEVELS}`,
    );
  }
  const single = Math.fround(scale);
  if (!(single > 0 && single < Infinity)) {
    throw new RangeError(`Cannot use the encoding: scale ${scale} is ${single} as float32`);
  }
  changeBlocks(data, (input, _output, count) => {
    fakeKernel(input, count, single, offset, offset + levels - 1);
  });
}
