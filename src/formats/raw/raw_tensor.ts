import { FormatError, UnsupportedError } from "../../errors.ts";
import type { ValueInfo } from "../../graph/mod.ts";
import { floatToHalf, permute } from "../../kernels/mod.ts";
import {
  byteLengthOf,
  countElements,
  type DataType,
  type DenseTensor,
  type TensorData,
  unpackInt4,
} from "../../tensor/mod.ts";

/** How raw files of inputs are read. */
export interface RawTensorOptions {
  /**
   * Files hold elements of the input's own type in place of float32.
   *
   * @default {false}
   */
  readonly nativeTypes?: boolean;
  /**
   * Inputs whose files have their channels last, though the network takes them behind the batch
   * axis.
   *
   * @default {no input}
   */
  readonly channelsLast?: ReadonlySet<string>;
}

/** How many bytes the raw file of an input has. */
export function rawByteLength(
  { dtype, shape }: Pick<ValueInfo, "dtype" | "shape">,
  options: RawTensorOptions = {},
): number {
  return byteLengthOf(options.nativeTypes ? dtype : "float32", countElements(shape));
}

/**
 * Makes the tensor of an input from the bytes of its raw file (little endian, no header).
 *
 * @param input Name, type and shape of the input.
 * @param bytes As many as {@linkcode rawByteLength} says; they are used, not copied.
 * @param options Type and layout of the file, and its name for messages.
 * @throws {FormatError} If an integer input gets a number that its type does not hold.
 */
export function rawTensor(
  input: ValueInfo,
  bytes: Uint8Array<ArrayBuffer>,
  options: RawTensorOptions & { readonly file: string },
): DenseTensor {
  const { name, dtype, shape } = input;
  const fileType = options.nativeTypes ? dtype : "float32";
  const elements = viewElements(bytes, fileType, countElements(shape));
  const data = fileType === dtype ? elements : convertElements(elements, input, options.file);
  if (!options.channelsLast?.has(name) || shape.length < 3) return { dtype, shape, data };

  const [batch = 1, channels = 1, ...space] = shape;
  const target = allocateElements(dtype, data.length);
  permute(data, target, {
    shape: [batch, ...space, channels],
    order: [0, shape.length - 1, ...space.map((_, axis) => axis + 1)],
    bytesPerElement: bytesPerElement(data),
  });
  return { dtype, shape, data: target };
}

function bytesPerElement({ BYTES_PER_ELEMENT: bytes }: TensorData): 1 | 2 | 4 | 8 {
  return bytes === 8 ? 8 : bytes === 4 ? 4 : bytes === 2 ? 2 : 1;
}

function viewElements(bytes: Uint8Array<ArrayBuffer>, dtype: DataType, count: number): TensorData {
  const { buffer, byteOffset } = bytes;
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float64":
      return new Float64Array(buffer, byteOffset, count);
    case "float16":
    case "bfloat16":
    case "uint16":
      return new Uint16Array(buffer, byteOffset, count);
    case "int16":
      return new Int16Array(buffer, byteOffset, count);
    case "int32":
      return new Int32Array(buffer, byteOffset, count);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, count);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, count);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, count);
    case "int8":
      return new Int8Array(buffer, byteOffset, count);
    case "uint8":
    case "bool":
      return bytes;
    case "int4":
      return unpackInt4(bytes, new Int8Array(count));
    case "uint4":
      return unpackInt4(bytes, new Uint8Array(count));
  }
}

/** Smallest and largest number of each type that float32 files can fill. */
const LIMITS: Readonly<Partial<Record<DataType, readonly [number, number]>>> = {
  bool: [0, 1],
  int4: [-8, 7],
  uint4: [0, 15],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 53), 2 ** 53],
  uint64: [0, 2 ** 53],
};

function convertElements(elements: TensorData, input: ValueInfo, file: string): TensorData {
  const { name, dtype } = input;
  const target = allocateElements(dtype, elements.length);
  if (dtype === "float16" && elements instanceof Float32Array && target instanceof Uint16Array) {
    floatToHalf(elements, target);
    return target;
  }
  const limits = LIMITS[dtype];
  if (limits === undefined && dtype !== "float64") {
    throw new UnsupportedError(
      `Cannot read input "${name}" of type ${dtype} from float32 files; native files would work`,
    );
  }
  for (let i = 0; i < elements.length; i++) {
    const value = Number(elements[i]);
    if (
      limits !== undefined && !(Number.isInteger(value) && value >= limits[0] && value <= limits[1])
    ) {
      throw new FormatError(
        `Cannot read input "${name}" from "${file}": element ${i} is ${value}, expected ${dtype}`,
        { file, offset: 4 * i, expected: dtype, found: String(value) },
      );
    }
    if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
      target[i] = BigInt(value);
    } else target[i] = value;
  }
  return target;
}

/** One array entry an element, also for 4-bit types. */
function allocateElements(dtype: DataType, count: number): TensorData {
  const entry = dtype === "int4" ? "int8" : dtype === "uint4" ? "uint8" : dtype;
  return viewElements(new Uint8Array(byteLengthOf(entry, count)), entry, count);
}
