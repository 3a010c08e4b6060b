import { bitsPerElement, countElements, type DataType } from "./data_type.ts";
import type { TensorEncoding } from "./encoding.ts";
import type { View } from "./tensor_reference.ts";

/** What a view sees or makes: element type and dimensions. */
export interface TensorForm {
  /** Element type. */
  readonly dtype: DataType;
  /** Dimensions. */
  readonly shape: readonly number[];
}

/** The types that hold integer codes. */
const CODE_TYPES: ReadonlySet<DataType> = new Set<DataType>([
  "int4",
  "uint4",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
]);

/**
 * What a view makes of a tensor.
 *
 * @param form The tensor before the view.
 * @param view The view.
 * @throws {RangeError} If it does not fit the tensor. The message goes on from "Cannot view …: ".
 */
export function viewResult(form: TensorForm, view: View): TensorForm {
  const { dtype, shape } = form;
  switch (view.kind) {
    case "cast":
      return { dtype: view.dtype, shape };
    case "reshape":
      return { dtype, shape: checkReshape(shape, view.shape) };
    case "permute": {
      const isOrder = view.order.length === shape.length &&
        view.order.toSorted((a, b) => a - b).every((axis, index) => axis === index);
      if (!isOrder) throw new RangeError(`[${view.order}] does not order the axes of [${shape}]`);
      return { dtype, shape: view.order.map((axis) => shape[axis] ?? 1) };
    }
    case "slice": {
      const length = checkAxis(shape, view.axis);
      const { start, end } = view;
      const valid = Number.isInteger(start) && Number.isInteger(end) && start >= 0 &&
        start <= end && end <= length;
      if (!valid) {
        throw new RangeError(`${start} to ${end} is no part of axis ${view.axis} of [${shape}]`);
      }
      return { dtype, shape: shape.with(view.axis, end - start) };
    }
    case "scale": {
      const length = checkAxis(shape, view.axis);
      if (view.factors.length !== length) {
        throw new RangeError(
          `${view.factors.length} factors for axis ${view.axis} of [${shape}], expected ${length}`,
        );
      }
      if (!view.factors.every(Number.isFinite)) throw new RangeError("a factor is not finite");
      if (dtype !== "float32") throw new RangeError(`${dtype} cannot be scaled, expected float32`);
      return form;
    }
    case "quantize":
      checkEncoding(view.encoding, shape, view.dtype);
      if (dtype !== "float32") {
        throw new RangeError(`${dtype} cannot be quantized, expected float32`);
      }
      return { dtype: view.dtype, shape };
    case "dequantize":
      checkEncoding(view.encoding, shape, dtype);
      return { dtype: "float32", shape };
  }
}

function checkReshape(from: readonly number[], to: readonly number[]): readonly number[] {
  const valid = to.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (valid && countElements(from) === countElements(to)) return to;
  throw new RangeError(`[${from}] cannot take the shape [${to}]: they differ in size`);
}

function checkAxis(shape: readonly number[], axis: number): number {
  const length = Number.isInteger(axis) ? shape[axis] : undefined;
  if (length === undefined) throw new RangeError(`[${shape}] has no axis ${axis}`);
  return length;
}

function checkEncoding(
  { axis, encodings }: TensorEncoding,
  shape: readonly number[],
  dtype: DataType,
): void {
  if (!CODE_TYPES.has(dtype)) throw new RangeError(`${dtype} holds no integer codes`);
  const expected = axis === undefined ? 1 : checkAxis(shape, axis);
  if (encodings.length !== expected) {
    throw new RangeError(
      `${encodings.length} encodings for ${
        axis === undefined ? "a whole tensor" : `axis ${axis} of [${shape}]`
      }, expected ${expected}`,
    );
  }
  const bitwidth = encodings[0]?.bitwidth;
  for (const encoding of encodings) {
    const { scale, offset } = encoding;
    const valid = scale > 0 && Number.isFinite(scale) && Number.isInteger(offset) &&
      Number.isInteger(encoding.bitwidth) && encoding.bitwidth >= 1 &&
      encoding.bitwidth <= bitsPerElement(dtype) && encoding.bitwidth === bitwidth;
    if (valid) continue;
    throw new RangeError(
      `an encoding of ${encoding.bitwidth} bits with scale ${scale} and offset ${offset} is impossible in ${dtype}, or differs in bits from the first`,
    );
  }
}
