import type { DataType } from "../tensor/mod.ts";

/** Element types by their number in ONNX's `TensorProto.DataType`. */
const CODES: ReadonlyMap<number, DataType> = new Map<number, DataType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [16, "bfloat16"],
  [21, "uint4"],
  [22, "int4"],
]);

/** The element type of an ONNX type number; `undefined` for strings, complex numbers, float8. */
export function dataTypeOfOnnxCode(code: number): DataType | undefined {
  return CODES.get(code);
}

/** The ONNX type number of an element type, as attribute `to` of Cast has it. */
export function onnxCodeOfDataType(dtype: DataType): number {
  for (const [code, name] of CODES) if (name === dtype) return code;
  throw new RangeError(`Cannot name data type "${dtype}" in ONNX: it has no number`);
}
