/**
 * Bytes in and out: sources that are read at any position (file, URL, Blob, memory), outputs that
 * appear only when complete, temporary files, checksums, and protobuf files walked without loading
 * what is large in them.
 *
 * @example Reading the end of some bytes
 * ```ts
 * import { openSource } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using source = await openSource(new Uint8Array([1, 2, 3, 4]));
 * const end = new Uint8Array(2);
 * await source.read(end, source.byteLength - 2);
 * assertEquals([...end], [3, 4]);
 * ```
 *
 * @module
 */
export {
  type AtomicOutput,
  type AtomicOutputOptions,
  createAtomicOutput,
  writeTextAtomically,
} from "./atomic_output.ts";
export { ByteCursor, type ByteCursorOptions, type CursorWindow } from "./byte_cursor.ts";
export type { ByteRange } from "./byte_range.ts";
export type { ByteSource, ReadOptions } from "./byte_source.ts";
export { closeOnError } from "./close_on_error.ts";
export { crc32 } from "./crc32.ts";
export { MemorySource } from "./memory_source.ts";
export { nestedFields, type NestedFieldsOptions, shortText } from "./nested_fields.ts";
export { openSource, type OpenSourceOptions } from "./open_source.ts";
export { PackedVarints } from "./packed_varints.ts";
export { parseByteSize } from "./parse_byte_size.ts";
export { explainOutputErrors, OutputError } from "./output_error.ts";
export {
  ProtobufField,
  type ProtobufMessage,
  type ProtobufWindow,
  type ProtobufWireType,
} from "./protobuf_field.ts";
export { readJson, type ReadJsonOptions } from "./read_json.ts";
export { type ProtobufOptions, readProtobufFields } from "./read_protobuf_fields.ts";
export { type SniffedField, sniffProtobuf } from "./sniff_protobuf.ts";
export { createSpillFile, type SpillFile } from "./spill_file.ts";
