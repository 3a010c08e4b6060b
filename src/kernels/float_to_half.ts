import { convertBlocks } from "./_staging.ts";
import { floatToHalf as halfKernel } from "./kernels.wasm";

/**
 * Rounds numbers to float16: to the nearest, ties to even, too large to infinity; NaN stays NaN.
 *
 * @param source The numbers; read in place if they lie in kernel memory.
 * @param target As many bit patterns; may begin at the first byte of the source.
 * @throws {RangeError} If the lengths differ.
 */
export function floatToHalf(source: Float32Array, target: Uint16Array): void {
  convertBlocks(source, target, halfKernel);
}
