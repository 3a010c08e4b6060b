import { FormatError, UnsupportedError } from "../../errors.ts";
import type { DataType } from "../../tensor/mod.ts";

/** `TensorProto.DataType` of each element type. */
const NUMBER_OF: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
};

const TYPE_OF: ReadonlyMap<number, DataType> = new Map(
  Object.entries(NUMBER_OF).map(([type, number]) => [number, type as DataType]),
);

/** Types that ONNX has and dlcstream does not. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [8, "string"],
  [14, "complex64"],
  [15, "complex128"],
  [17, "float8e4m3fn"],
  [18, "float8e4m3fnuz"],
  [19, "float8e5m2"],
  [20, "float8e5m2fnuz"],
  [23, "float4e2m1"],
  [24, "float8e8m0"],
  [25, "uint2"],
  [26, "int2"],
  [27, "float6e2m3"],
  [28, "float6e3m2"],
]);

/** The `TensorProto.DataType` number of an element type. */
export function onnxDataType(dtype: DataType): number {
  return NUMBER_OF[dtype];
}

/**
 * The element type that a `TensorProto.DataType` number stands for.
 *
 * @param number The number in the file.
 * @param subject What has the type, for the message: `tensor "w" of "a.onnx"`.
 * @throws {UnsupportedError} If ONNX has the type and dlcstream does not.
 * @throws {FormatError} If there is no such number.
 */
export function dataTypeOf(number: number, subject: string): DataType {
  const dtype = TYPE_OF.get(number);
  if (dtype !== undefined) return dtype;
  const other = OTHER_TYPES.get(number);
  if (other !== undefined) {
    throw new UnsupportedError(
      `Cannot read ${subject}: its elements are ${other}; supported are ${
        Object.keys(NUMBER_OF).join(", ")
      }`,
    );
  }
  throw new FormatError(
    `Cannot read ${subject}: found element type ${number}, expected 1 to 28 of TensorProto.DataType`,
    { found: `${number}`, expected: "1 to 28" },
  );
}
