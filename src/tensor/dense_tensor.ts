import type { DataType } from "./data_type.ts";

/** The typed arrays that hold tensor elements. float16 and bfloat16 travel as their bit patterns. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A tensor whose elements are in memory: an activation, or a small constant. */
export interface DenseTensor {
  /** Element type. */
  readonly dtype: DataType;
  /** Dimensions, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** The elements in row-major order. */
  readonly data: TensorData;
}
