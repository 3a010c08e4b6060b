import type { DataType, View } from "../../src/tensor/mod.ts";

/** A tensor as plain numbers, for views applied the obvious way: whole, one after the other. */
export interface NaiveTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** The index on each axis of a place in row-major order. */
export function indexOf(shape: readonly number[], place: number): number[] {
  const index: number[] = [];
  for (const length of shape.toReversed()) {
    index.unshift(place % length);
    place = Math.floor(place / length);
  }
  return index;
}

function placeOf(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((place, length, axis) => place * length + index[axis]!, 0);
}

function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

/** Applies a view. */
export function applyNaively(tensor: NaiveTensor, view: View): NaiveTensor {
  const { dtype, shape, values } = tensor;
  switch (view.kind) {
    case "reshape":
      return { dtype, shape: view.shape, values };
    case "permute": {
      const result = view.order.map((axis) => shape[axis]!);
      return {
        dtype,
        shape: result,
        values: values.map((_, place) => {
          const index = indexOf(result, place);
          const before = shape.map((_, axis) => index[view.order.indexOf(axis)]!);
          return values[placeOf(shape, before)]!;
        }),
      };
    }
    case "slice": {
      const kept = values.filter((_, place) => {
        const at = indexOf(shape, place)[view.axis]!;
        return at >= view.start && at < view.end;
      });
      return { dtype, shape: shape.with(view.axis, view.end - view.start), values: kept };
    }
    case "scale":
      return {
        dtype,
        shape,
        values: values.map((value, place) =>
          Math.fround(value * view.factors[indexOf(shape, place)[view.axis]!]!)
        ),
      };
    case "quantize": {
      const { axis, encodings } = view.encoding;
      return {
        dtype: view.dtype,
        shape,
        values: values.map((value, place) => {
          const { scale, offset, bitwidth } =
            encodings[axis === undefined ? 0 : indexOf(shape, place)[axis]!]!;
          const top = 2 ** bitwidth - 1;
          const code = Math.min(top, Math.max(0, roundHalfAway(value / scale - offset)));
          return view.dtype.startsWith("u") ? code : code - 2 ** (bitwidth - 1);
        }),
      };
    }
    case "dequantize": {
      const { axis, encodings } = view.encoding;
      return {
        dtype: "float32",
        shape,
        values: values.map((value, place) => {
          const { scale, offset, bitwidth } =
            encodings[axis === undefined ? 0 : indexOf(shape, place)[axis]!]!;
          const code = dtype.startsWith("u") ? value : value + 2 ** (bitwidth - 1);
          return Math.fround(scale * (code + offset));
        }),
      };
    }
    case "cast":
      throw new Error("casts are tested by themselves");
  }
}
