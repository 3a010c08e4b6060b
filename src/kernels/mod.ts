/**
 * The hot loops: SIMD kernels in one small WebAssembly module, and the typed functions in front of
 * them. They know typed arrays and numbers, nothing of tensors or files.
 *
 * Arrays that lie in kernel memory (see {@linkcode allocate}) are used where they are; any others are
 * carried through it in blocks. Kernel memory never grows, so views of it are never detached.
 *
 * @example The range of some numbers, then their codes
 * ```ts
 * import { allocate, minMax, quantizeToUint8 } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using buffer = allocate(4 * 4);
 * const data = buffer.float32();
 * data.set([0, 1, 2, 5.1]);
 * const { max } = minMax(data);
 * const codes = new Uint8Array(4);
 * quantizeToUint8(data, codes, { scale: max / 255, offset: 0 });
 * assertEquals([...codes], [0, 50, 100, 255]);
 * ```
 *
 * @module
 */
export * from "./channel_layout.ts";
export * from "./channel_moments.ts";
export * from "./channel_noise.ts";
export * from "./channel_sums.ts";
export * from "./code_array.ts";
export * from "./float_to_half.ts";
export * from "./to_float.ts";
export * from "./fake_quantize.ts";
export * from "./histogram.ts";
export { allocate, type KernelBuffer } from "./kernel_buffer.ts";
export { minMax, type Range } from "./min_max.ts";
export * from "./min_max_per_channel.ts";
export * from "./permute.ts";
export { dequantize } from "./dequantize.ts";
export * from "./dequantize_per_channel.ts";
export {
  quantize,
  type QuantizeOptions,
  quantizeToInt32,
  quantizeToInt8,
  quantizeToUint16,
  quantizeToUint8,
} from "./quantize.ts";
export { type ChannelQuantizeOptions, quantizePerChannel } from "./quantize_per_channel.ts";
export * from "./scale_channels.ts";
