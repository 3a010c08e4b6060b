import { FormatError, UnsupportedError } from "../../../errors.ts";
import {
  type DataType,
  type Encoding,
  type TensorEncoding,
  viewTensor,
} from "../../../tensor/mod.ts";
import { type DlcQuantization, type DlcTensor, QNN_STORAGE } from "../document.ts";
import { isSigned } from "../normal/constant.ts";
import type { Constant } from "../normal/normal_graph.ts";
import { QUANTIZATION_KIND } from "../unconfirmed_container.ts";

/** QNN codes of scalars and unquantized tensors that operators here are written with. */
export const CODE = {
  int32: 0x0032,
  uint32: 0x0132,
  float32: 0x0232,
  bool: 0x0508,
  string: 0x0608,
} as const;

/** The type a tensor is stored in, and the one it had in the source model. */
export interface TypeCodes {
  /** QNN code of the stored type. */
  readonly dtypeCode: number;
  /** QNN code of the type in the source model. */
  readonly sourceDtypeCode: number;
}

/** Codes by element type. 64-bit types are stored in 32 bits, as runtimes compute. */
const PLAIN: ReadonlyMap<DataType, TypeCodes> = new Map(
  ([
    ["float32", 0x0232, 0x0232],
    ["float64", 0x0232, 0x0232],
    ["bfloat16", 0x0232, 0x0232],
    ["float16", 0x0216, 0x0216],
    ["int8", 0x0008, 0x0008],
    ["int16", 0x0016, 0x0016],
    ["int32", 0x0032, 0x0032],
    ["int64", 0x0032, 0x0064],
    ["uint8", 0x0108, 0x0108],
    ["uint16", 0x0116, 0x0116],
    ["uint32", 0x0132, 0x0132],
    ["uint64", 0x0132, 0x0164],
    ["bool", 0x0508, 0x0508],
  ] as const).map(([dtype, dtypeCode, sourceDtypeCode]) =>
    [dtype, { dtypeCode, sourceDtypeCode }] as const
  ),
);

/** High bytes of fixed-point codes. */
const SIGNED_FAMILY = 0x03;
const UNSIGNED_FAMILY = 0x04;
/** High byte of floating-point codes. */
const FLOAT_FAMILY = 0x02;

/** The codes of a tensor. */
export function typeCodes(
  dtype: DataType,
  { name, encoding }: { readonly name: string; readonly encoding: TensorEncoding | undefined },
): TypeCodes {
  if (encoding !== undefined) {
    const dtypeCode = fixedPointCode(encoding);
    return { dtypeCode, sourceDtypeCode: CODE.float32 };
  }
  const codes = PLAIN.get(dtype);
  if (codes !== undefined) return codes;
  throw new UnsupportedError(
    `Cannot write tensor "${name}" to DLC version 4: ${dtype} without an encoding has no type there; ` +
      "int8 or uint8 would work",
  );
}

/** The smallest fixed-point type that holds the bits; the low byte names them in decimal digits. */
function fixedPointCode(encoding: TensorEncoding): number {
  const bits = encoding.encodings[0]?.bitwidth ?? 8;
  const digits = bits <= 4 ? 0x04 : bits <= 8 ? 0x08 : bits <= 16 ? 0x16 : 0x32;
  return (isSigned(encoding) ? SIGNED_FAMILY : UNSIGNED_FAMILY) << 8 | digits;
}

/** How far signed codes lie below the unsigned ones of {@linkcode Encoding}. */
function signedShift(bitwidth: number): number {
  return 2 ** (bitwidth - 1);
}

/** The quantization field of a tensor. */
export function writeQuantization(encoding: TensorEncoding | undefined): DlcQuantization {
  if (encoding === undefined) {
    return { kind: QUANTIZATION_KIND.none, overridden: false, encodings: [] };
  }
  const { axis, encodings } = encoding;
  const signed = isSigned(encoding);
  const stored = encodings.map((one) => ({
    ...one,
    // Rounded as the file stores them.
    min: Math.fround(one.min),
    max: Math.fround(one.max),
    scale: Math.fround(one.scale),
    offset: signed ? one.offset + signedShift(one.bitwidth) : one.offset,
  }));
  return axis === undefined
    ? { kind: QUANTIZATION_KIND.perTensor, overridden: false, encodings: stored }
    : { kind: QUANTIZATION_KIND.perAxis, overridden: false, axis, encodings: stored };
}

/**
 * The encoding of a tensor; `undefined` if its numbers are stored as they are.
 *
 * @throws {UnsupportedError} If the quantization is of a kind with unknown meaning.
 * @throws {FormatError} If it contradicts the tensor.
 */
export function readQuantization(tensor: DlcTensor): TensorEncoding | undefined {
  const { quantization, dtypeCode, name } = tensor;
  const family = dtypeCode >>> 8;
  const isFixed = family === SIGNED_FAMILY || family === UNSIGNED_FAMILY;
  const { kind, axis, encodings } = quantization;
  // A static tensor may be float beside its encoding.
  const isFloat = tensor.data !== undefined && family === FLOAT_FAMILY &&
    kind !== QUANTIZATION_KIND.none && encodings.length > 0;
  if (!isFixed && !isFloat) return undefined;
  if (kind !== QUANTIZATION_KIND.perTensor && kind !== QUANTIZATION_KIND.perAxis) {
    throw new UnsupportedError(
      `Cannot read tensor "${name}": its quantization is of kind ${kind}, which has no known ` +
        "meaning; one encoding, or one an index of an axis, would work",
    );
  }
  const isPerAxis = kind === QUANTIZATION_KIND.perAxis;
  const expected = isPerAxis ? tensor.shape[axis ?? -1] : 1;
  if (encodings.length === 0 || encodings.length !== expected) {
    throw new FormatError(
      `Cannot read tensor "${name}" of dims [${tensor.shape}]: it has ${encodings.length} encodings` +
        `${isPerAxis ? ` on axis ${axis}` : ""}, expected ${expected ?? "an axis it has"}`,
    );
  }
  const signed = isFloat
    ? encodings.every(({ offset, min }) => offset === 0 && min < 0)
    : family === SIGNED_FAMILY;
  const read = encodings.map((one) => readEncoding(tensor, one, signed));
  if (read.some(({ bitwidth }) => bitwidth !== read[0]?.bitwidth)) {
    throw new FormatError(`Cannot read tensor "${name}": its encodings differ in their bits`);
  }
  return isPerAxis && axis !== undefined ? { axis, encodings: read } : { encodings: read };
}

function readEncoding(tensor: DlcTensor, stored: Encoding, signed: boolean): Encoding {
  const { bitwidth, scale } = stored;
  const offset = signed ? stored.offset - signedShift(bitwidth) : stored.offset;
  const digits = Number((tensor.dtypeCode & 0xff).toString(16));
  const isValid = scale > 0 && Number.isFinite(scale) && bitwidth >= 1 && bitwidth <= digits &&
    offset <= 0 && offset > -(2 ** bitwidth);
  if (!isValid) {
    throw new FormatError(
      `Cannot read tensor "${tensor.name}": its encoding of ${bitwidth} bits with scale ${scale} ` +
        `and offset ${stored.offset} does not fit its type of ${digits} bits`,
    );
  }
  return { ...stored, offset, symmetric: stored.symmetric || signed && stored.offset === 0 };
}

/** The element type a tensor has for the operators: real numbers are float32. */
export function valueType(tensor: DlcTensor): DataType {
  const stored = QNN_STORAGE.get(tensor.dtypeCode);
  const family = tensor.dtypeCode >>> 8;
  if (stored === undefined) {
    throw new UnsupportedError(
      `Cannot read tensor "${tensor.name}": its type 0x${
        tensor.dtypeCode.toString(16)
      } has no known ` +
        "meaning; a type of the QNN API would work",
    );
  }
  if (family === SIGNED_FAMILY || family === UNSIGNED_FAMILY || family === FLOAT_FAMILY) {
    return "float32";
  }
  const source = QNN_STORAGE.get(tensor.sourceDtypeCode);
  return source !== undefined && WIDENED.get(source) === stored ? source : stored;
}

const WIDENED: ReadonlyMap<DataType, DataType> = new Map([["int64", "int32"], [
  "uint64",
  "uint32",
]]);

/** The elements of a static tensor as the operators see them. */
export function readStatic(tensor: DlcTensor): Omit<Constant, "name"> {
  const { data } = tensor;
  if (data === undefined) {
    throw new FormatError(`Cannot read tensor "${tensor.name}": it is static and has no data`);
  }
  const encoding = readQuantization(tensor);
  if (encoding !== undefined && tensor.dtypeCode >>> 8 !== FLOAT_FAMILY) {
    return { data: viewTensor(data, { kind: "dequantize", encoding }), encoding };
  }
  const plain = viewTensor(data, { kind: "cast", dtype: valueType(tensor) });
  return encoding === undefined ? { data: plain } : { data: plain, encoding, isFloat: true };
}
