import {
  countElements,
  type DataType,
  type DenseTensor,
  type TensorData,
} from "../../tensor/mod.ts";

/** Allocates elements of a data type; float16 and bfloat16 as their bit patterns. */
export function allocateElements(dtype: DataType, count: number): TensorData {
  switch (dtype) {
    case "float32":
      return new Float32Array(count);
    case "float64":
      return new Float64Array(count);
    case "int8":
    case "int4":
      return new Int8Array(count);
    case "uint8":
    case "uint4":
    case "bool":
      return new Uint8Array(count);
    case "int16":
      return new Int16Array(count);
    case "uint16":
    case "float16":
    case "bfloat16":
      return new Uint16Array(count);
    case "int32":
      return new Int32Array(count);
    case "uint32":
      return new Uint32Array(count);
    case "int64":
      return new BigInt64Array(count);
    case "uint64":
      return new BigUint64Array(count);
  }
}

const scratch = new DataView(new ArrayBuffer(4));

function halfToNumber(bits: number): number {
  scratch.setUint16(0, bits);
  return scratch.getFloat16(0);
}

function numberToHalf(value: number): number {
  scratch.setFloat16(0, value);
  return scratch.getUint16(0);
}

function bfloat16ToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Rounds to nearest, ties to even; NaN stays NaN. */
function numberToBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** A 64-bit integer as a number, saturated to the safe integers (slices end at "infinity" often). */
function bigToNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

/** The elements of a small tensor as numbers; 64-bit integers are saturated to safe integers. */
export function toNumbers(tensor: DenseTensor): readonly number[] {
  const { data, dtype } = tensor;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Array.from(data, bigToNumber);
  }
  if (dtype === "float16") return Array.from(data, halfToNumber);
  if (dtype === "bfloat16") return Array.from(data, bfloat16ToNumber);
  return Array.from(data);
}

/** The elements of a small tensor as integers: real numbers are truncated toward zero. */
export function toIntegers(tensor: DenseTensor): readonly number[] {
  return toNumbers(tensor).map(Math.trunc);
}

/**
 * Like {@linkcode toNumbers}, but nothing is saturated.
 *
 * @returns The elements, or `undefined` if one is no safe integer.
 */
export function toExactNumbers(tensor: DenseTensor): readonly number[] | undefined {
  const numbers = toNumbers(tensor);
  const { data } = tensor;
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return numbers;
  return numbers.every((value, i) => BigInt(value) === data[i]) ? numbers : undefined;
}

/**
 * Makes a tensor of numbers; what goes into an integer type is truncated toward zero and wraps
 * around as in C.
 *
 * @returns The tensor, or `undefined` if an integer type meets a number that is no safe integer.
 */
export function fromNumbers(
  numbers: ArrayLike<number>,
  { dtype, shape }: { readonly dtype: DataType; readonly shape: readonly number[] },
): DenseTensor | undefined {
  const data = allocateElements(dtype, countElements(shape));
  const integer = !dtype.includes("float") && dtype !== "bool";
  for (let i = 0; i < data.length; i++) {
    const value = integer ? Math.trunc(numbers[i] ?? 0) : numbers[i] ?? 0;
    if (integer && !Number.isSafeInteger(value)) return undefined;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(value);
    else if (dtype === "float16") data[i] = numberToHalf(value);
    else if (dtype === "bfloat16") data[i] = numberToBfloat16(value);
    else if (dtype === "bool") data[i] = value === 0 ? 0 : 1;
    else data[i] = value;
  }
  return { dtype, shape, data };
}
