/** Signatures of the kernels. @module */
import { UnsupportedError } from "../errors.ts";
import type { ChannelLayout } from "./channel_layout.ts";
export * from "./channel_layout.ts";

function pending(name: string): never {
  throw new UnsupportedError(`Cannot run "${name}": the kernel is not built`);
}

/**
 * A piece of kernel memory. Kernel memory has a fixed size and never grows, so a view stays attached
 * for ever, also across `await`; its bytes are yours until the buffer is disposed.
 */
export interface KernelBuffer extends Disposable {
  /** Where it begins in kernel memory; a multiple of 64. */
  readonly address: number;
  /** Its size in bytes. */
  readonly byteLength: number;
  /** All bytes; like the other views it begins at byte 0 and takes as many whole elements as fit. */
  bytes(): Uint8Array<ArrayBuffer>;
  int8(): Int8Array<ArrayBuffer>;
  uint16(): Uint16Array<ArrayBuffer>;
  int16(): Int16Array<ArrayBuffer>;
  uint32(): Uint32Array<ArrayBuffer>;
  int32(): Int32Array<ArrayBuffer>;
  uint64(): BigUint64Array<ArrayBuffer>;
  int64(): BigInt64Array<ArrayBuffer>;
  float32(): Float32Array<ArrayBuffer>;
  float64(): Float64Array<ArrayBuffer>;
}

/** @throws {MemoryLimitError} if kernel memory (1 GiB) is full. Contents are undefined. */
export function allocate(_byteLength: number): KernelBuffer {
  return pending("allocate");
}

/** Empty data (or none finite): min = Infinity, max = -Infinity, the identity of merging. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** False if any element is NaN or infinite; `min` and `max` are then those of the finite elements. */
  readonly finite: boolean;
}
export function minMax(_data: Float32Array): Range {
  return pending("minMax");
}

/** One element a channel; start them at Infinity and -Infinity. */
export interface ChannelRanges {
  readonly min: Float32Array | Float64Array;
  readonly max: Float32Array | Float64Array;
}
/** Widens `into` by the data. Returns false if any element is NaN or infinite (then only finite ones count). */
export function minMaxPerChannel(
  _data: Float32Array,
  _layout: ChannelLayout,
  _into: ChannelRanges,
): boolean {
  return pending("minMaxPerChannel");
}

/** In place: `x = fround(x * factors[channel])`, the product in double. */
export function scaleChannels(
  _data: Float32Array,
  _layout: ChannelLayout,
  _factors: Float64Array,
): void {
  pending("scaleChannels");
}

/** Adds the sum of each channel's elements to `into`, in double. */
export function channelSums(
  _data: Float32Array,
  _layout: ChannelLayout,
  _into: Float64Array,
): void {
  pending("channelSums");
}

/** The arrays that hold codes. */
export type CodeArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

export interface QuantizeOptions {
  readonly scale: number;
  /** An integer; `-offset` is the code of zero. */
  readonly offset: number;
  /** How many codes: `q` lies in `[0, levels - 1]`. @default 2 to the bits of the stored type */
  readonly levels?: number;
  /** Stored value = `q - shift`. @default 0 for unsigned storage, floor(levels / 2) for signed storage */
  readonly shift?: number;
}

/** Stored = clamp(roundHalfAway(x / scale - offset), 0, levels - 1) - shift; NaN becomes q = 0. The target may begin at the data's own address. */
export function quantize(_data: Float32Array, _target: CodeArray, _options: QuantizeOptions): void {
  pending("quantize");
}
export function quantizeToUint8(
  data: Float32Array,
  target: Uint8Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}
export function quantizeToUint16(
  data: Float32Array,
  target: Uint16Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}
export function quantizeToInt8(
  data: Float32Array,
  target: Int8Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}
export function quantizeToInt32(
  data: Float32Array,
  target: Int32Array,
  options: QuantizeOptions,
): void {
  quantize(data, target, options);
}

/** real = fround(scale * (stored + shift + offset)); same options as quantize. */
export function dequantize(
  _source: CodeArray,
  _target: Float32Array,
  _options: QuantizeOptions,
): void {
  pending("dequantize");
}

export interface ChannelQuantizeOptions {
  readonly layout: ChannelLayout;
  readonly scales: Float64Array;
  readonly offsets: Float64Array;
  readonly levels?: number;
  readonly shift?: number;
}
export function quantizePerChannel(
  _data: Float32Array,
  _target: CodeArray,
  _options: ChannelQuantizeOptions,
): void {
  pending("quantizePerChannel");
}
export function dequantizePerChannel(
  _source: CodeArray,
  _target: Float32Array,
  _options: ChannelQuantizeOptions,
): void {
  pending("dequantizePerChannel");
}

/** In place; NaN stays NaN. */
export function fakeQuantize(
  _data: Float32Array,
  _options: { readonly scale: number; readonly offset: number; readonly levels: number },
): void {
  pending("fakeQuantize");
}

/** What fell outside the bins. */
export interface HistogramOutside {
  readonly below: number;
  readonly above: number;
  readonly nan: number;
}
/** Adds to `counts[floor((x - low) / width)]`. */
export function histogram(
  _data: Float32Array,
  _counts: Float64Array,
  _options: { readonly low: number; readonly width: number },
): HistogramOutside {
  return pending("histogram");
}

/** float16 bit patterns to float32. */
export function halfToFloat(_source: Uint16Array, _target: Float32Array): void {
  pending("halfToFloat");
}
/** float32 to float16 bit patterns, ties to even, overflow to infinity. */
export function floatToHalf(_source: Float32Array, _target: Uint16Array): void {
  pending("floatToHalf");
}
export function bfloat16ToFloat(_source: Uint16Array, _target: Float32Array): void {
  pending("bfloat16ToFloat");
}
export function doubleToFloat(_source: Float64Array, _target: Float32Array): void {
  pending("doubleToFloat");
}
export function integersToFloat(
  _source: CodeArray | BigInt64Array | BigUint64Array,
  _target: Float32Array,
): void {
  pending("integersToFloat");
}

export interface PermuteOptions {
  /** The dimensions of the source; at most 8. */
  readonly shape: readonly number[];
  /** Result axis `i` is source axis `order[i]`. */
  readonly order: readonly number[];
  readonly bytesPerElement: 1 | 2 | 4 | 8;
}
/** Row-major to row-major; source and target must not overlap. */
export function permute(
  _source: ArrayBufferView,
  _target: ArrayBufferView,
  _options: PermuteOptions,
): void {
  pending("permute");
}
