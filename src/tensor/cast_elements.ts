import {
  bfloat16ToFloat,
  type CodeArray,
  doubleToFloat,
  floatToHalf,
  halfToFloat,
  integersToFloat,
} from "../kernels/mod.ts";
import { bitsPerElement, type DataType } from "./data_type.ts";
import type { TensorData } from "./dense_tensor.ts";

/** Elements with their type, which the array alone does not tell (float16, `bool`, 4 bits). */
export interface TypedElements {
  /** The element type. */
  readonly dtype: DataType;
  /** The elements, one an entry. */
  readonly data: TensorData;
}

/**
 * Converts elements as ONNX Cast does: to floating point with rounding to nearest even, from floating
 * point to integers toward zero, between integers by keeping the low bits, to `bool` whether it is
 * not zero. What ONNX leaves open: numbers beyond an integer type take its nearest end, NaN takes 0.
 *
 * @param source The elements.
 * @param target As many entries of another type.
 */
export function castElements(source: TypedElements, target: TypedElements): void {
  if (target.data instanceof Float32Array && castToFloat(source, target.data)) return;
  if (
    source.data instanceof Float32Array && target.dtype === "float16" &&
    target.data instanceof Uint16Array
  ) {
    floatToHalf(source.data, target.data);
    return;
  }
  const read = readerOf(source);
  const write = writerOf(source, target);
  for (let index = 0; index < source.data.length; index++) write(index, read(index));
}

/** The pairs that have a kernel. */
function castToFloat({ dtype, data }: TypedElements, target: Float32Array): boolean {
  if (data instanceof Float32Array) {
    target.set(data);
  } else if (data instanceof Float64Array) {
    doubleToFloat(data, target);
  } else if (dtype === "float16" && data instanceof Uint16Array) {
    halfToFloat(data, target);
  } else if (dtype === "bfloat16" && data instanceof Uint16Array) {
    bfloat16ToFloat(data, target);
  } else {
    integersToFloat(data satisfies CodeArray | BigInt64Array | BigUint64Array, target);
  }
  return true;
}

function readerOf({ dtype, data }: TypedElements): (index: number) => number | bigint {
  if (dtype === "float16") {
    const halves = new Float16Array(data.buffer, data.byteOffset, data.length);
    return (index) => halves[index] ?? 0;
  }
  if (dtype === "bfloat16" && data instanceof Uint16Array) {
    const floats = new Float32Array(data.length);
    bfloat16ToFloat(data, floats);
    return (index) => floats[index] ?? 0;
  }
  return (index) => data[index] ?? 0;
}

function writerOf(
  source: TypedElements,
  { dtype, data }: TypedElements,
): (index: number, value: number | bigint) => void {
  const fromFloat = source.dtype.includes("float");
  if (dtype === "float16") {
    const halves = new Float16Array(data.buffer, data.byteOffset, data.length);
    return (index, value) => halves[index] = Number(value);
  }
  if (dtype === "bfloat16") {
    return (index, value) => data[index] = toBfloat16(Number(value));
  }
  if (dtype === "bool") {
    return (index, value) => data[index] = Number(value) === 0 ? 0 : 1;
  }
  const bits = bitsPerElement(dtype);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const signed = data instanceof BigInt64Array;
    const clamp = clampTo(signed, bits);
    return (index, value) => {
      // The array keeps the low 64 bits.
      data[index] = fromFloat ? bigintWithin(clamp(Number(value)), signed) : BigInt(value);
    };
  }
  if (dtype === "float32" || dtype === "float64") {
    return (index, value) => data[index] = Number(value);
  }
  const signed = !dtype.startsWith("u");
  if (fromFloat) {
    const clamp = clampTo(signed, bits);
    return (index, value) => data[index] = clamp(Number(value));
  }
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  return (index, value) => data[index] = Number(wrap(bits, BigInt(value)));
}

function clampTo(signed: boolean, bits: number): (value: number) => number {
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return (value) => Math.min(high, Math.max(low, Math.trunc(value))) || 0;
}

/** At 64 bits the upper end is no double; the nearest one lies just beyond it. */
function bigintWithin(value: number, signed: boolean): bigint {
  const end = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  const integer = BigInt(value);
  return integer > end ? end : integer;
}

const FLOAT_BITS = new Float32Array(1);
const INTEGER_BITS = new Uint32Array(FLOAT_BITS.buffer);

/** The upper half of a float32, rounded to nearest even. */
function toBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  FLOAT_BITS[0] = value;
  const bits = INTEGER_BITS[0] ?? 0;
  return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
}
