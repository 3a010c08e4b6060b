import { onnxCodeOfDataType } from "../../../graph/mod.ts";
import {
  bitsPerElement,
  byteLengthOf,
  countElements,
  type DataType,
  type DenseTensor,
  packInt4,
} from "../../../tensor/mod.ts";
import {
  fields,
  lengthDelimited,
  type MessagePart,
  writeInteger,
  writeString,
} from "./encode_message.ts";
import { type BinaryWriter, WireType } from "./protobuf_writer.ts";

/** What a `TensorProto` says before its data. */
export interface TensorHeader {
  /** The name; empty for a tensor attribute. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DataType;
  /** Dimensions. */
  readonly shape: readonly number[];
}

/** Where the data of a tensor lies in a file beside the model. */
export interface ExternalLocation {
  /** File name, relative to the model. */
  readonly location: string;
  /** First byte. */
  readonly offset: number;
  /** Number of bytes. */
  readonly byteLength: number;
}

/** A `TensorProto` whose little-endian elements are `data` (`raw_data`). */
export function tensorParts(header: TensorHeader, data: MessagePart): MessagePart[] {
  const head = fields((writer) => writeHeader(writer, header));
  return [head, ...lengthDelimited(9, [data])];
}

/** A `TensorProto` that says where its elements are. */
export function externalTensor(header: TensorHeader, external: ExternalLocation): Uint8Array {
  return fields((writer) => {
    writeHeader(writer, header);
    const entries = [
      ["location", external.location],
      ["offset", `${external.offset}`],
      ["length", `${external.byteLength}`],
    ] as const;
    for (const [key, value] of entries) {
      writer.tag(13, WireType.LengthDelimited).fork();
      writeString(writer, 1, key);
      writeString(writer, 2, value);
      writer.join();
    }
    writeInteger(writer, 14, 1);
  });
}

/**
 * The elements of a tensor in memory as ONNX stores them: little-endian, 4-bit integers packed.
 *
 * @throws {RangeError} If the data is not as long as type and shape say.
 */
export function bytesOf(name: string, { dtype, shape, data }: DenseTensor): Uint8Array {
  const elements = countElements(shape);
  if (data.length !== elements || data.byteLength < byteLengthOf(dtype, elements)) {
    throw new RangeError(
      `Cannot encode tensor "${name}": found ${data.length} elements in ${data.byteLength} bytes, ` +
        `expected ${elements} for ${dtype} [${shape.join(", ")}]`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return bitsPerElement(dtype) === 4 ? packInt4(bytes) : bytes;
}

function writeHeader(writer: BinaryWriter, { name, dtype, shape }: TensorHeader): void {
  for (const dimension of shape) writeInteger(writer, 1, dimension);
  writeInteger(writer, 2, onnxCodeOfDataType(dtype));
  if (name !== "") writeString(writer, 8, name);
}
