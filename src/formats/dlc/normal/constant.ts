import { UnsupportedError } from "../../../errors.ts";
import {
  countElements,
  type DataType,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../../../tensor/mod.ts";
import type { Constant } from "./normal_graph.ts";

/** Reorders the axes of a constant; a per-axis encoding follows its axis. */
export function permuteConstant(constant: Constant, order: readonly number[]): Constant {
  if (order.every((axis, i) => axis === i)) return constant;
  return withEncoding(
    constant,
    viewTensor(constant.data, { kind: "permute", order }),
    (axis) => order.indexOf(axis),
  );
}

/** Gives a constant another shape; a per-axis encoding keeps its axis, which must survive. */
export function reshapeConstant(constant: Constant, shape: readonly number[]): Constant {
  const from = constant.data.shape;
  if (shape.length === from.length && shape.every((size, i) => size === from[i])) return constant;
  return withEncoding(constant, viewTensor(constant.data, { kind: "reshape", shape }), (axis) => {
    const before = countElements(from.slice(0, axis));
    const found = shape.findIndex((size, i) =>
      size === from[axis] && countElements(shape.slice(0, i)) === before
    );
    if (found >= 0) return found;
    throw new UnsupportedError(
      `Cannot reshape constant "${constant.name}" from [${from}] to [${shape}]: its encodings run ` +
        `along axis ${axis}; per-tensor encodings would work`,
    );
  });
}

/** A part of a constant along an axis; a per-axis encoding along it is cut as well. */
export function sliceConstant(
  constant: Constant,
  { axis, start, end }: { readonly axis: number; readonly start: number; readonly end: number },
): Constant {
  const data = viewTensor(constant.data, { kind: "slice", axis, start, end });
  const { encoding } = constant;
  if (encoding?.axis !== axis) return { ...constant, data };
  return { ...constant, data, encoding: { axis, encodings: encoding.encodings.slice(start, end) } };
}

function withEncoding(
  constant: Constant,
  data: TensorReference,
  moveAxis: (axis: number) => number,
): Constant {
  const { encoding } = constant;
  if (encoding?.axis === undefined) return { ...constant, data };
  return { ...constant, data, encoding: { ...encoding, axis: moveAxis(encoding.axis) } };
}

/** Multiplies a constant of plain numbers by one number. */
export function scaleConstant(constant: Constant, factor: number): Constant {
  if (factor === 1) return constant;
  if (constant.encoding !== undefined) {
    throw new UnsupportedError(
      `Cannot scale constant "${constant.name}" by ${factor}: it is quantized; folding the factor ` +
        "before quantizing would work",
    );
  }
  const { data } = constant;
  const flat = viewTensor(data, { kind: "reshape", shape: [1, countElements(data.shape)] });
  const scaled = viewTensor(flat, { kind: "scale", axis: 0, factors: Float64Array.of(factor) });
  return { ...constant, data: viewTensor(scaled, { kind: "reshape", shape: data.shape }) };
}

/**
 * Whether an encoding is stored as signed integers with offset 0: its grid is symmetric and its
 * unsigned zero point is in the middle.
 */
export function isSigned(encoding: TensorEncoding): boolean {
  return encoding.encodings.every(({ bitwidth, offset, symmetric }) =>
    bitwidth === 32 || symmetric && offset === -(2 ** (bitwidth - 1))
  );
}

/** The element type that holds the integers of an encoding, one an element. */
export function storageOf(encoding: TensorEncoding): DataType {
  const bits = encoding.encodings.reduce((most, { bitwidth }) => Math.max(most, bitwidth), 0);
  const signed = isSigned(encoding);
  if (bits <= 8) return signed ? "int8" : "uint8";
  if (bits <= 16) return signed ? "int16" : "uint16";
  return "int32";
}

/**
 * The elements as they are stored: integers of the encoding if there is one.
 *
 * @param constant The constant.
 * @param dtype Type of the integers.
 */
export function storedData({ data, encoding }: Constant, dtype: DataType): TensorReference {
  return encoding === undefined ? data : viewTensor(data, { kind: "quantize", encoding, dtype });
}

/** Numbers that were float16 before they were widened, as float16; others as they are. */
export function narrowed(data: TensorReference): TensorReference {
  if (data.dtype !== "float32") return data;
  const half = viewTensor(data, { kind: "cast", dtype: "float16" });
  // A cast that undoes another one leaves fewer views.
  return half.views.length < data.views.length ? half : data;
}
