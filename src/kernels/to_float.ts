import { convertBlocks } from "./_staging.ts";
import type { CodeArray } from "./code_array.ts";
import {
  bfloat16ToFloat as bfloat16Kernel,
  doubleToFloat as doubleKernel,
  halfToFloat as halfKernel,
  int16ToFloat,
  int32ToFloat,
  int64ToFloat,
  int8ToFloat,
  uint16ToFloat,
  uint32ToFloat,
  uint64ToFloat,
  uint8ToFloat,
} from "./kernels.wasm";

/**
 * Converts bit patterns of float16 without loss.
 *
 * @param source The bit patterns; read in place if they lie in kernel memory.
 * @param target As many numbers; must not overlap the source.
 * @throws {RangeError} If the lengths differ.
 */
export function halfToFloat(source: Uint16Array, target: Float32Array): void {
  convertBlocks(source, target, halfKernel);
}

/**
 * Converts bit patterns of bfloat16 without loss.
 *
 * @param source The bit patterns; read in place if they lie in kernel memory.
 * @param target As many numbers; must not overlap the source.
 * @throws {RangeError} If the lengths differ.
 */
export function bfloat16ToFloat(source: Uint16Array, target: Float32Array): void {
  convertBlocks(source, target, bfloat16Kernel);
}

/**
 * Rounds doubles to the nearest float, ties to even; what is too large becomes infinite.
 *
 * @param source The doubles; read in place if they lie in kernel memory.
 * @param target As many numbers; may begin at the first byte of the source.
 * @throws {RangeError} If the lengths differ.
 */
export function doubleToFloat(source: Float64Array, target: Float32Array): void {
  convertBlocks(source, target, doubleKernel);
}

/**
 * Converts integers to the nearest float, ties to even.
 *
 * @param source The integers; read in place if they lie in kernel memory.
 * @param target As many numbers; must not overlap the source.
 * @throws {RangeError} If the lengths differ.
 */
export function integersToFloat(
  source: CodeArray | BigInt64Array | BigUint64Array,
  target: Float32Array,
): void {
  convertBlocks(source, target, integerKernelFor(source));
}

function integerKernelFor(
  source: CodeArray | BigInt64Array | BigUint64Array,
): typeof uint8ToFloat {
  if (source instanceof Uint8Array) return uint8ToFloat;
  if (source instanceof Int8Array) return int8ToFloat;
  if (source instanceof Uint16Array) return uint16ToFloat;
  if (source instanceof Int16Array) return int16ToFloat;
  if (source instanceof Uint32Array) return uint32ToFloat;
  if (source instanceof Int32Array) return int32ToFloat;
  if (source instanceof BigUint64Array) return uint64ToFloat;
  return int64ToFloat;
}
