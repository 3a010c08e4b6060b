import { placeDoubles } from "./_memory.ts";
import { convertBlocks } from "./_staging.ts";
import { checkScale, storedCodes } from "./_stored_codes.ts";
import type { CodeArray, StoredCodeOptions } from "./code_array.ts";
import { quantize16, quantize32, quantize8 } from "./kernels.wasm";

/** The grid that numbers are put on: `real = scale * (q + offset)`. */
export interface QuantizeOptions extends StoredCodeOptions {
  /** The step between neighbours; positive. */
  readonly scale: number;
  /** An integer; `-offset` is the code of zero. */
  readonly offset: number;
}

/** The kernel that stores integers of so many bytes. */
export function quantizeKernelFor(array: CodeArray): typeof quantize8 {
  switch (array.BYTES_PER_ELEMENT) {
    case 1:
      return quantize8;
    case 2:
      return quantize16;
    default:
      return quantize32;
  }
}

/**
 * Encodes numbers: `q = clamp(roundHalfAway(x / scale - offset), 0, levels - 1)` as in double
 * precision, stored as `q - shift`. Infinities are clamped, NaN takes code 0.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param target As many integers; may begin at the first byte of the data.
 * @param options The grid and how codes are stored.
 * @throws {RangeError} If the lengths differ, the grid is impossible or its codes do not fit.
 *
 * @example Encoding to bytes
 * ```ts
 * import { quantize } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const codes = new Uint8Array(4);
 * const scale = 2.3 / 255;
 * quantize(new Float32Array([-1.8, -1, 0, 0.5]), codes, { scale, offset: -200 });
 * assertEquals([...codes], [0, 89, 200, 255]);
 * ```
 */
export function quantize(data: Float32Array, target: CodeArray, options: QuantizeOptions): void {
  const { scale, offset } = options;
  checkScale(scale, offset);
  const { top, shift } = storedCodes(target, options);
  const kernel = quantizeKernelFor(target);
  const address = placeDoubles(scale, offset);
  convertBlocks(data, target, (input, output, count) => {
    kernel(input, output, count, count, count, 0, 1, address, address + 8, top, shift);
  });
}

/** {@linkcode quantize} to unsigned bytes. */
export function quantizeToUint8(
  data: Float32Array,
  target: Uint8Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}

/** {@linkcode quantize} to signed bytes. */
export function quantizeToInt8(
  data: Float32Array,
  target: Int8Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}

/** {@linkcode quantize} to unsigned 16-bit integers. */
export function quantizeToUint16(
  data: Float32Array,
  target: Uint16Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}

/** {@linkcode quantize} to signed 32-bit integers. */
export function quantizeToInt32(
  data: Float32Array,
  target: Int32Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}
