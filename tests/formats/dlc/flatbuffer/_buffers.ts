import { openSource } from "../../../../src/io/mod.ts";
import {
  FlatBufferReader,
  layOutFlatBuffer,
  streamFlatBuffer,
  type Table,
  type TableField,
} from "../../../../src/formats/dlc/flatbuffer/mod.ts";

/** The bytes of a FlatBuffer. */
export async function encode(root: TableField, identifier = "TEST"): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of streamFlatBuffer(layOutFlatBuffer(root, identifier))) {
    chunks.push(chunk.slice());
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** A reader of bytes that lie behind a few others in a file named `bad.dlc`. */
export async function openReader(bytes: Uint8Array, before = 0): Promise<FlatBufferReader> {
  const file = new Uint8Array(before + bytes.byteLength);
  file.set(bytes, before);
  const source = await openSource(file, { name: "bad.dlc" });
  return new FlatBufferReader({ source, offset: before, byteLength: bytes.byteLength });
}

/** The root of the bytes of a FlatBuffer. */
export async function openRoot(bytes: Uint8Array): Promise<Table> {
  return await (await openReader(bytes)).root();
}

/** Little-endian 32-bit words as bytes; text of four characters stands for an identifier. */
export function words(...values: readonly (number | string)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) {
    if (typeof value === "number") view.setInt32(4 * index, value | 0, true);
    else new Uint8Array(view.buffer).set(new TextEncoder().encode(value), 4 * index);
  }
  return new Uint8Array(view.buffer);
}
