import type { ByteSource } from "../io/mod.ts";
import type { DataType } from "./data_type.ts";
import type { TensorEncoding } from "./encoding.ts";

/** Where the stored elements of a tensor lie. Nothing is read until somebody iterates. */
export type TensorStorage =
  /** Little-endian elements in a row in a file. */
  | {
    readonly kind: "range";
    readonly source: ByteSource;
    readonly offset: number;
    readonly byteLength: number;
  }
  /** Packed protobuf varints in a file, one an element (typed data fields of ONNX). */
  | {
    readonly kind: "varints";
    readonly source: ByteSource;
    readonly offset: number;
    readonly byteLength: number;
  }
  /** Little-endian elements in a file, each behind a tag of one byte: protobuf fields not packed. */
  | {
    readonly kind: "tagged";
    readonly source: ByteSource;
    readonly offset: number;
    readonly byteLength: number;
    readonly tag: number;
  }
  /** Little-endian elements in memory; for small tensors only. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Other tensors joined along an axis. */
  | { readonly kind: "concat"; readonly parts: readonly TensorReference[]; readonly axis: number };

/**
 * A change to a tensor that is applied to its chunks on their way through and never written.
 * Arithmetic views work in float32; the element order of a view's result is row-major.
 */
export type View =
  /** Changes the element type (numeric conversion, as ONNX Cast). */
  | { readonly kind: "cast"; readonly dtype: DataType }
  /** Changes the shape, not the order of elements. */
  | { readonly kind: "reshape"; readonly shape: readonly number[] }
  /** As ONNX Transpose: result axis `i` is input axis `order[i]`. */
  | { readonly kind: "permute"; readonly order: readonly number[] }
  /** Multiplies everything at index `i` along `axis` by `factors[i]`; float32 result. */
  | { readonly kind: "scale"; readonly axis: number; readonly factors: Float64Array }
  /** Keeps indices `start <= i < end` along `axis`. */
  | { readonly kind: "slice"; readonly axis: number; readonly start: number; readonly end: number }
  /** Real numbers to stored integers (`uint8`, `int8`, `uint16`, …, `int32`). */
  | { readonly kind: "quantize"; readonly encoding: TensorEncoding; readonly dtype: DataType }
  /** Stored integers to real numbers, float32. */
  | { readonly kind: "dequantize"; readonly encoding: TensorEncoding };

/**
 * A tensor that is described, not held: where its stored elements lie, and the views between them
 * and what a reader sees.
 */
export interface TensorReference {
  /** The name in the model. */
  readonly name: string;
  /** Element type after all views. */
  readonly dtype: DataType;
  /** Dimensions after all views. */
  readonly shape: readonly number[];
  /** Element type in storage. */
  readonly storedDtype: DataType;
  /** Dimensions in storage. */
  readonly storedShape: readonly number[];
  /** Where the stored elements lie. */
  readonly storage: TensorStorage;
  /** Applied in order to the stored elements. */
  readonly views: readonly View[];
}
