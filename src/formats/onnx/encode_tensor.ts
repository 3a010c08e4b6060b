import { byteLengthOf, countElements, type DataType, type DenseTensor } from "../../tensor/mod.ts";
import {
  fields,
  lengthDelimited,
  type MessagePart,
  writeInteger,
  writeString,
} from "./encode_message.ts";
import { onnxDataType } from "./onnx_data_type.ts";
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

/** A `TensorProto` with all its bytes, for small tensors. */
export function encodeTensor(name: string, tensor: DenseTensor): Uint8Array {
  const bytes = bytesOf(name, tensor);
  return fields((writer) => {
    writeHeader(writer, { name, dtype: tensor.dtype, shape: tensor.shape });
    writer.tag(9, WireType.LengthDelimited).bytes(bytes);
  });
}

/**
 * The little-endian bytes of a tensor in memory.
 *
 * @throws {RangeError} If the data is not as long as type and shape say.
 */
export function bytesOf(name: string, { dtype, shape, data }: DenseTensor): Uint8Array {
  const expected = byteLengthOf(dtype, countElements(shape));
  if (data.byteLength !== expected) {
    throw new RangeError(
      `Cannot encode tensor "${name}": found ${data.byteLength} bytes, expected ${expected} ` +
        `for ${dtype} [${shape.join(", ")}]`,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function writeHeader(writer: BinaryWriter, { name, dtype, shape }: TensorHeader): void {
  for (const dimension of shape) writeInteger(writer, 1, dimension);
  writeInteger(writer, 2, onnxDataType(dtype));
  if (name !== "") writeString(writer, 8, name);
}
