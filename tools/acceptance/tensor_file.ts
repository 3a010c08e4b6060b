import { bitsPerElement, type DataType, dataTypeOfOnnxCode, UnsupportedError } from "dlcstream";
import { BinaryReader } from "../../src/io/protobuf_wire.ts";

/** A tensor as numbers: whole ones exact (64-bit ones as far as doubles are), reals as doubles. */
export interface NumberTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/**
 * Reads a `TensorProto` file of the ONNX project's operator tests.
 *
 * @throws {UnsupportedError} If its type is none that dlcstream has: strings, float8.
 */
export function readTensorFile(bytes: Uint8Array): NumberTensor {
  const reader = new BinaryReader(bytes);
  const shape: number[] = [];
  let code = 0;
  let raw = new Uint8Array();
  const typed: number[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) shape.push(...integers(reader, wireType));
    else if (field === 2) code = reader.int32();
    else if (field === 4) typed.push(...floats(reader, wireType));
    else if (field === 5 || field === 7) typed.push(...integers(reader, wireType));
    else if (field === 9) raw = Uint8Array.from(reader.bytes());
    else reader.skip(wireType, field);
  }
  const dtype = dataTypeOfOnnxCode(code);
  if (dtype === undefined) {
    throw new UnsupportedError(
      `Cannot read a tensor of ONNX type ${code}: no type here is like it`,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (raw.length === 0) return { dtype, shape, values: decodeTyped(dtype, typed, elements) };
  return { dtype, shape, values: decodeRaw(dtype, raw, elements) };
}

/** Repeated integers, packed or one by one. */
function integers(reader: BinaryReader, wireType: number): number[] {
  if (wireType !== 2) return [Number(reader.int64())];
  const end = reader.uint32() + reader.pos;
  const found: number[] = [];
  while (reader.pos < end) found.push(Number(reader.int64()));
  return found;
}

function floats(reader: BinaryReader, wireType: number): number[] {
  if (wireType !== 2) return [reader.float()];
  const end = reader.uint32() + reader.pos;
  const found: number[] = [];
  while (reader.pos < end) found.push(reader.float());
  return found;
}

function decodeTyped(dtype: DataType, typed: readonly number[], elements: number): number[] {
  if (dtype === "float16") return [...new Float16Array(Uint16Array.from(typed).buffer)];
  if (bitsPerElement(dtype) < 8) return unpack(dtype, typed, elements);
  return [...typed];
}

function decodeRaw(dtype: DataType, raw: Uint8Array<ArrayBuffer>, elements: number): number[] {
  if (bitsPerElement(dtype) < 8) return unpack(dtype, [...raw], elements);
  return Array.from(viewElements(dtype, raw.buffer), Number);
}

function unpack(dtype: DataType, bytes: readonly number[], elements: number): number[] {
  const nibbles = bytes.flatMap((byte) => [byte & 15, byte >> 4 & 15]).slice(0, elements);
  return dtype === "int4" ? nibbles.map((nibble) => nibble << 28 >> 28) : nibbles;
}

function viewElements(dtype: DataType, buffer: ArrayBuffer): Iterable<number | bigint> {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
      return new Float16Array(buffer);
    case "bfloat16":
      return Array.from(
        new Uint16Array(buffer),
        (bits) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? NaN,
      );
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}
