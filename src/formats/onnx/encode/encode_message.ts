import { BinaryWriter, WireType } from "./protobuf_writer.ts";

/** Bytes that are produced when their turn comes, such as the elements of a large tensor. */
export interface StreamedBytes {
  /** How many bytes {@linkcode StreamedBytes.stream} gives. */
  readonly byteLength: number;
  /** Produces the bytes; a chunk is valid until the next step. */
  stream(): AsyncIterable<Uint8Array>;
}

/** A serialized protobuf message in pieces, so that large ones need not be in memory. */
export type MessagePart = Uint8Array | StreamedBytes;

/** Sums the sizes of parts, in bytes. */
export function sizeOfParts(parts: readonly MessagePart[]): number {
  let size = 0;
  for (const part of parts) size += part.byteLength;
  return size;
}

/**
 * Puts parts that are all in memory together.
 *
 * @throws {TypeError} If one of them is streamed.
 */
export function joinParts(parts: readonly MessagePart[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeOfParts(parts));
  let position = 0;
  for (const part of parts) {
    if (!(part instanceof Uint8Array)) throw new TypeError("Cannot join parts: one is streamed");
    bytes.set(part, position);
    position += part.byteLength;
  }
  return bytes;
}

/** The bytes that `write` writes: some fields of a message. */
export function fields(write: (writer: BinaryWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

/** A length-delimited field around parts: the tag and length come first, then the parts themselves. */
export function lengthDelimited(number: number, parts: readonly MessagePart[]): MessagePart[] {
  const size = sizeOfParts(parts);
  const head = fields((writer) => writer.tag(number, WireType.LengthDelimited).uint32(size));
  return [head, ...parts];
}

/** Writes a string field. */
export function writeString(writer: BinaryWriter, number: number, text: string): void {
  writer.tag(number, WireType.LengthDelimited).string(text);
}

/** Writes an integer field as a varint. */
export function writeInteger(writer: BinaryWriter, number: number, value: number): void {
  writer.tag(number, WireType.Varint).int64(value);
}
