import { FormatError, UnsupportedError } from "../../../errors.ts";
import { MemorySource } from "../../../io/mod.ts";
import {
  bitsPerElement,
  byteLengthOf,
  countElements,
  createTensorData,
  type DataType,
  readDense,
  referenceConcat,
  referenceDense,
  referenceRange,
  referenceVarints,
  type TensorData,
  type TensorReference,
  viewTensor,
} from "../../../tensor/mod.ts";
import {
  MAX_FILLED_ELEMENTS,
  MAX_HELD_FLOAT_BYTES,
  MAX_HELD_INTEGER_BYTES,
  MAX_RANK,
} from "./limits.ts";
import type { TensorDataField, TensorPayload, TensorProto } from "./read_tensor_proto.ts";
import { dataTypeOf } from "./tensorflow_data_type.ts";

/** The typed field for each element type; all types may use `tensor_content` instead. */
const TYPED_FIELD: Readonly<Partial<Record<DataType, TensorDataField>>> = {
  float32: "float_val",
  float64: "double_val",
  float16: "half_val",
  bfloat16: "half_val",
  int8: "int_val",
  uint8: "int_val",
  int16: "int_val",
  uint16: "int_val",
  int32: "int_val",
  uint32: "uint32_val",
  int64: "int64_val",
  uint64: "uint64_val",
  bool: "bool_val",
};

/** A tensor whose elements are one number over and over is made of blocks of so many. */
const BLOCK_ELEMENTS = 16_384;

/** A tensor that is being described. */
interface Wanted {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

/**
 * Describes the tensor of a constant; a small one is read into memory. Where a typed field has
 * fewer elements than the shape, the last one stands for the rest, as TensorFlow has it.
 *
 * @param proto What the file says.
 * @param name What the model calls it.
 * @param options Abort signal.
 * @throws {FormatError} If type, shape and data contradict each other.
 * @throws {UnsupportedError} If the element type is not supported.
 */
export async function constantReference(
  proto: TensorProto,
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<TensorReference> {
  const dtype = dataTypeOf(proto.type, `tensor "${name}" of "${proto.source.name}"`);
  const { shape } = proto;
  if (shape === undefined || shape.some((size) => size < 0)) {
    throw tensorError(proto, name, `its shape is open, expected a fixed one`);
  }
  const wanted = { name, dtype, shape };
  const elements = countElements(shape);
  const reference = elements === 0
    ? referenceDense(name, { dtype, shape, data: createTensorData(dtype, 0) })
    : proto.payload?.field === "tensor_content"
    ? rawReference(proto, wanted, proto.payload)
    : await typedReference(proto, wanted);
  return isSmallTensor(dtype, elements)
    ? referenceDense(name, await readDense(reference, options))
    : reference;
}

/** Whether a tensor is kept in memory. */
export function isSmallTensor(dtype: DataType, elements: number): boolean {
  const limit = dtype.includes("float") ? MAX_HELD_FLOAT_BYTES : MAX_HELD_INTEGER_BYTES;
  return byteLengthOf(dtype, elements) <= limit;
}

function rawReference(
  proto: TensorProto,
  wanted: Wanted,
  { offset, byteLength, bytes }: TensorPayload,
): TensorReference {
  if (bytes === undefined) {
    return referenceRange({ ...wanted, source: proto.source, offset, byteLength });
  }
  const source = new MemorySource(bytes, proto.source.name);
  return referenceRange({ ...wanted, source, offset: 0, byteLength });
}

async function typedReference(proto: TensorProto, wanted: Wanted): Promise<TensorReference> {
  const { payload } = proto;
  const { dtype, shape, name } = wanted;
  if (payload === undefined) return filled(proto, wanted, { numbers: [0] });
  const typed = TYPED_FIELD[dtype];
  if (payload.field !== typed) {
    throw tensorError(
      proto,
      name,
      `found "${payload.field}", expected "tensor_content" or "${typed}" for ${dtype} ` +
        `[${shape.join(", ")}]`,
    );
  }
  if (payload.numbers !== undefined) return filled(proto, wanted, { numbers: payload.numbers });
  const { source } = proto;
  const { offset, byteLength } = payload;
  if (payload.field !== "float_val" && payload.field !== "double_val") {
    return referenceVarints({ ...wanted, source, offset, byteLength });
  }
  const width = bitsPerElement(dtype) / 8;
  const count = Math.floor(byteLength / width);
  const elements = countElements(shape);
  if (count >= elements) return referenceRange({ ...wanted, source, offset, byteLength });
  const stated = referenceRange({ ...wanted, shape: [count], source, offset, byteLength });
  const last = viewTensor(stated, { kind: "slice", axis: 0, start: count - 1, end: count });
  const { data } = await readDense(last);
  return filled(proto, wanted, { numbers: [...data], stated });
}

/** The numbers that are stated, then the last of them until the shape is full. */
function filled(
  proto: TensorProto,
  { name, dtype, shape }: Wanted,
  { numbers, stated }: {
    readonly numbers: readonly (number | bigint)[];
    readonly stated?: TensorReference;
  },
): TensorReference {
  const elements = countElements(shape);
  const count = stated?.shape[0] ?? numbers.length;
  if (shape.length > MAX_RANK || count > elements || numbers.length === 0) {
    throw tensorError(
      proto,
      name,
      `it has ${count} elements, expected ${elements} for shape [${shape.join(", ")}]`,
    );
  }
  if (elements > MAX_FILLED_ELEMENTS) {
    throw new UnsupportedError(
      `Cannot read tensor "${name}" of "${proto.source.name}": one number stands for ${elements} ` +
        `elements; supported are ${MAX_FILLED_ELEMENTS}`,
    );
  }
  const parts = [stated ?? vector(name, { dtype, numbers })];
  const last = numbers.at(-1) ?? 0;
  const block = vector(name, {
    dtype,
    numbers: new Array<number | bigint>(Math.min(BLOCK_ELEMENTS, elements - count)).fill(last),
  });
  let left = elements - count;
  for (; left >= BLOCK_ELEMENTS; left -= BLOCK_ELEMENTS) parts.push(block);
  if (left > 0) parts.push(viewTensor(block, { kind: "slice", axis: 0, start: 0, end: left }));
  const [first = block] = parts;
  const joined = parts.length === 1 ? first : referenceConcat(name, parts, 0);
  return viewTensor(joined, { kind: "reshape", shape });
}

function vector(
  name: string,
  { dtype, numbers }: {
    readonly dtype: DataType;
    readonly numbers: readonly (number | bigint)[];
  },
): TensorReference {
  const data = createTensorData(dtype, numbers.length);
  for (const [index, value] of numbers.entries()) setElement(data, index, value);
  return referenceDense(name, { dtype, shape: [numbers.length], data });
}

/** Integers wrap around, as they do in TensorFlow's own reader. */
function setElement(data: TensorData, index: number, value: number | bigint): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(value);
  else if (data instanceof Float32Array || data instanceof Float64Array) {
    data[index] = Number(value);
  } else data[index] = Number(typeof value === "bigint" ? BigInt.asIntN(32, value) : value);
}

function tensorError(proto: TensorProto, name: string, problem: string): FormatError {
  const { source, offset } = proto;
  return new FormatError(`Cannot read tensor "${name}" of "${source.name}": ${problem}`, {
    file: source.name,
    offset,
  });
}
