import { bitsPerElement, type DataType } from "./data_type.ts";
import type { TensorData } from "./dense_tensor.ts";

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int4: Int8Array,
  uint4: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** How many bytes one element takes in a typed array: 4-bit integers take a whole byte there. */
export function heldBytesPerElement(dtype: DataType): 1 | 2 | 4 | 8 {
  const bytes = bitsPerElement(dtype) / 8;
  return bytes === 8 || bytes === 4 || bytes === 2 ? bytes : 1;
}

/** Makes the typed array that holds elements of `dtype`, one an entry, all zero. */
export function createTensorData(dtype: DataType, elements: number): TensorData {
  return new CONSTRUCTORS[dtype](elements);
}

/**
 * Views bytes as elements of `dtype`, one an entry (4-bit integers unpacked).
 *
 * @param dtype The element type.
 * @param bytes Where they lie, little-endian; must begin at a multiple of the element's size.
 * @param elements How many; as many as fit if left out.
 */
export function viewTensorData(
  dtype: DataType,
  bytes: Uint8Array<ArrayBuffer>,
  elements: number = Math.floor(bytes.byteLength / heldBytesPerElement(dtype)),
): TensorData {
  return new CONSTRUCTORS[dtype](bytes.buffer, bytes.byteOffset, elements);
}

/** The bytes of a typed array, without copying. */
export function bytesOfTensorData(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Whether a typed array is of the kind that holds elements of `dtype`. */
export function holdsDataType(data: TensorData, dtype: DataType): boolean {
  return data instanceof CONSTRUCTORS[dtype];
}
