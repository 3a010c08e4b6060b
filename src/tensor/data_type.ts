/**
 * Element types of tensors. `int4` and `uint4` are packed two to a byte, the first value in the low
 * nibble.
 */
export type DataType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int4"
  | "uint4"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool";

const BITS: Readonly<Record<DataType, number>> = {
  float32: 32,
  float64: 64,
  float16: 16,
  bfloat16: 16,
  int4: 4,
  uint4: 4,
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
  bool: 8,
};

/** The width of one element in bits. */
export function bitsPerElement(dtype: DataType): number {
  return BITS[dtype];
}

/** How many bytes `elements` elements of `dtype` take, rounded up to whole bytes. */
export function byteLengthOf(dtype: DataType, elements: number): number {
  return Math.ceil(elements * BITS[dtype] / 8);
}

/** The product of the dimensions; 1 for a scalar. */
export function countElements(shape: readonly number[]): number {
  let count = 1;
  for (const dimension of shape) count *= dimension;
  return count;
}
