import { UnsupportedError } from "../../../errors.ts";
import type { DataType, DenseTensor, Encoding, TensorEncoding } from "../../../tensor/mod.ts";

/** Integer types that hold the codes of each bit width. */
const TYPES: ReadonlyMap<number, { readonly unsigned: DataType; readonly signed: DataType }> =
  new Map([
    [4, { unsigned: "uint4", signed: "int4" }],
    [8, { unsigned: "uint8", signed: "int8" }],
    [16, { unsigned: "uint16", signed: "int16" }],
  ]);

/**
 * The integer type that stores an encoding in ONNX: signed where the grid is symmetric around the
 * middle code, so that the zero point is 0 as engines want it; else unsigned with our codes.
 *
 * @param name The tensor, for messages.
 * @param encoding Its encoding.
 * @throws {UnsupportedError} If ONNX has no such type.
 */
export function quantizedType(name: string, { encodings }: TensorEncoding): DataType {
  const bitwidth = encodings[0]?.bitwidth ?? 0;
  const types = TYPES.get(bitwidth);
  const centred = encodings.every((encoding) => encoding.offset === -(2 ** (bitwidth - 1)));
  if (types !== undefined) return centred ? types.signed : types.unsigned;
  throw new UnsupportedError(
    `Cannot write tensor "${name}" to ONNX: its encoding has ${bitwidth} bits; supported are 4, 8, 16 ` +
      "and 32 bits",
  );
}

/** The zero point of an encoding stored as `dtype`. */
export function zeroPoint(encoding: Encoding, dtype: DataType): number {
  const shift = dtype.startsWith("u") ? 0 : 2 ** (encoding.bitwidth - 1);
  return -encoding.offset - shift;
}

/** The zero points of all encodings as the tensor that QuantizeLinear and DequantizeLinear take. */
export function zeroPoints({ axis, encodings }: TensorEncoding, dtype: DataType): DenseTensor {
  const values = encodings.map((encoding) => zeroPoint(encoding, dtype));
  const shape = axis === undefined ? [] : [values.length];
  switch (dtype) {
    case "int4":
    case "int8":
      return { dtype, shape, data: Int8Array.from(values) };
    case "uint4":
    case "uint8":
      return { dtype, shape, data: Uint8Array.from(values) };
    case "int16":
      return { dtype, shape, data: Int16Array.from(values) };
    default:
      return { dtype: "uint16", shape, data: Uint16Array.from(values) };
  }
}

/** The scales of all encodings as the tensor that QuantizeLinear and DequantizeLinear take. */
export function scales({ axis, encodings }: TensorEncoding): DenseTensor {
  const data = Float32Array.from(encodings, ({ scale }) => scale);
  return { dtype: "float32", shape: axis === undefined ? [] : [data.length], data };
}
