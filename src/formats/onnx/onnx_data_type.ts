import { FormatError, UnsupportedError } from "../../errors.ts";
import { dataTypeOfOnnxCode } from "../../graph/mod.ts";
import type { DataType } from "../../tensor/mod.ts";

/** What messages say about the element types that are read. */
const SUPPORTED = "float32, float64, float16, bfloat16, bool and integers of 4 to 64 bits";

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

/**
 * The element type that a `TensorProto.DataType` number stands for.
 *
 * @param number The number in the file.
 * @param subject What has the type, for the message: `tensor "w" of "a.onnx"`.
 * @throws {UnsupportedError} If ONNX has the type and dlcstream does not.
 * @throws {FormatError} If there is no such number.
 */
export function dataTypeOf(number: number, subject: string): DataType {
  const dtype = dataTypeOfOnnxCode(number);
  if (dtype !== undefined) return dtype;
  const other = OTHER_TYPES.get(number);
  if (other !== undefined) {
    throw new UnsupportedError(
      `Cannot read ${subject}: its elements are ${other}; supported are ${SUPPORTED}`,
    );
  }
  throw new FormatError(
    `Cannot read ${subject}: found element type ${number}, expected 1 to 28 of TensorProto.DataType`,
    { found: `${number}`, expected: "1 to 28" },
  );
}
