import { placeDoubles } from "./_memory.ts";
import { convertBlocks } from "./_staging.ts";
import { checkScale, isSigned, storedCodes } from "./_stored_codes.ts";
import type { CodeArray } from "./code_array.ts";
import {
  dequantize16Signed,
  dequantize16Unsigned,
  dequantize32Signed,
  dequantize32Unsigned,
  dequantize8Signed,
  dequantize8Unsigned,
} from "./kernels.wasm";
import type { QuantizeOptions } from "./quantize.ts";

/** The kernel that reads integers of the array's type. */
export function dequantizeKernelFor(array: CodeArray): typeof dequantize8Unsigned {
  const signed = isSigned(array);
  switch (array.BYTES_PER_ELEMENT) {
    case 1:
      return signed ? dequantize8Signed : dequantize8Unsigned;
    case 2:
      return signed ? dequantize16Signed : dequantize16Unsigned;
    default:
      return signed ? dequantize32Signed : dequantize32Unsigned;
  }
}

/**
 * Decodes what {@linkcode quantize} stored with the same options:
 * `fround(scale * (stored + shift + offset))`, computed in double precision.
 *
 * @param source The stored integers; read in place if they lie in kernel memory.
 * @param target As many numbers; must not overlap the source.
 * @param options The grid and how codes are stored.
 * @throws {RangeError} If the lengths differ, the grid is impossible or its codes do not fit.
 */
export function dequantize(
  source: CodeArray,
  target: Float32Array,
  options: QuantizeOptions,
): void {
  const { scale, offset } = options;
  checkScale(scale, offset);
  const { shift } = storedCodes(source, options);
  const kernel = dequantizeKernelFor(source);
  const address = placeDoubles(scale, offset + shift);
  convertBlocks(source, target, (input, output, count) => {
    kernel(input, output, count, count, count, 0, 1, address, address + 8);
  });
}
