import type { DataType, DenseTensor } from "../../../tensor/mod.ts";

/**
 * A scalar of a floating-point type.
 *
 * @throws {RangeError} If the type is another one.
 */
export function floatScalar(dtype: DataType, value: number): DenseTensor {
  const shape: readonly number[] = [];
  if (dtype === "float32") return { dtype, shape, data: Float32Array.of(value) };
  if (dtype === "float64") return { dtype, shape, data: Float64Array.of(value) };
  if (dtype === "float16") {
    const data = new Uint16Array(1);
    new DataView(data.buffer).setFloat16(0, value, true);
    return { dtype, shape, data };
  }
  if (dtype === "bfloat16") {
    // The upper half of a float32; the values here are limits and paddings, seldom in need of rounding.
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
    const rounded = Number.isNaN(value) ? bits : bits + 0x7fff + (bits >>> 16 & 1);
    return { dtype, shape, data: Uint16Array.of(rounded >>> 16) };
  }
  throw new RangeError(`Cannot make a scalar of ${dtype}: it is no floating-point type`);
}
