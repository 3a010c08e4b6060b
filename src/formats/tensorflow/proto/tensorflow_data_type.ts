import { UnsupportedError } from "../../../errors.ts";
import type { DataType } from "../../../tensor/mod.ts";

/** TensorFlow's `DataType` numbers that tensors here can have. */
const TYPES: ReadonlyMap<number, DataType> = new Map([
  [1, "float32"],
  [2, "float64"],
  [3, "int32"],
  [4, "uint8"],
  [5, "int16"],
  [6, "int8"],
  [9, "int64"],
  [10, "bool"],
  [14, "bfloat16"],
  [17, "uint16"],
  [19, "float16"],
  [22, "uint32"],
  [23, "uint64"],
]);

/** Those that they cannot have, in words. */
const OTHERS: ReadonlyMap<number, string> = new Map([
  [7, "strings"],
  [8, "complex numbers"],
  [11, "quantized integers (qint8)"],
  [12, "quantized integers (quint8)"],
  [13, "quantized integers (qint32)"],
  [15, "quantized integers (qint16)"],
  [16, "quantized integers (quint16)"],
  [18, "complex numbers"],
  [20, "a resource"],
  [21, "a variant"],
]);

/** `DT_STRING`. */
export const STRING_TYPE = 7;

/** Numbers from here on are the types of references to variables. */
const REFERENCE_TYPES = 100;

/**
 * The element type that a TensorFlow type number stands for.
 *
 * @param code A `DataType`, or that of a reference to a variable.
 * @param subject What has the type, for the message.
 * @throws {UnsupportedError} If tensors here cannot have it.
 */
export function dataTypeOf(code: number, subject: string): DataType {
  const type = TYPES.get(code > REFERENCE_TYPES ? code - REFERENCE_TYPES : code);
  if (type !== undefined) return type;
  throw new UnsupportedError(
    `Cannot read ${subject}: its type is ${OTHERS.get(code) ?? `number ${code}`}; supported are ` +
      `real numbers, integers and bool`,
  );
}
