// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
/** The entry point: everything that the door in the folder above calls. */
export { channelMoments } from "./channel_moments.ts";
export { channelNoise } from "./channel_noise.ts";
export { channelSums } from "./channel_sums.ts";
export { dequantize8Signed, dequantize8Unsigned } from "./dequantize.ts";
export { dequantize16Signed, dequantize16Unsigned } from "./dequantize.ts";
export { dequantize32Signed, dequantize32Unsigned } from "./dequantize.ts";
export { fakeQuantize } from "./fake_quantize.ts";
export { bfloat16ToFloat, floatToHalf, halfToFloat } from "./half.ts";
export { histogram, histogramNearest, sumTables } from "./histogram.ts";
export { minMax } from "./min_max.ts";
export { minMaxPerChannel } from "./min_max_per_channel.ts";
export { permute } from "./permute.ts";
export { quantize16, quantize32, quantize8 } from "./quantize.ts";
export { scaleChannels } from "./scale_channels.ts";
export {
  doubleToFloat,
  int16ToFloat,
  int32ToFloat,
  int64ToFloat,
  int8ToFloat,
  uint16ToFloat,
  uint32ToFloat,
  uint64ToFloat,
  uint8ToFloat,
} from "./to_float.ts";

/** The first byte that the compiler does not use. */
export const heapBase: usize = __heap_base;
