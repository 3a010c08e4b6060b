/** Byte sources, atomic outputs, spill files, checksums and protobuf walking. @module */
export {
  type AtomicOutput,
  type AtomicOutputOptions,
  createAtomicOutput,
  writeTextAtomically,
} from "./atomic_output.ts";
export { ByteCursor, type ByteCursorOptions, type CursorWindow } from "./byte_cursor.ts";
export type { ByteRange } from "./byte_range.ts";
export type { ByteSource, ReadOptions } from "./byte_source.ts";
export { crc32 } from "./crc32.ts";
export { MemorySource } from "./memory_source.ts";
export { openSource, type OpenSourceOptions } from "./open_source.ts";
export { PackedVarints } from "./packed_varints.ts";
export { parseByteSize } from "./parse_byte_size.ts";
export { OutputError } from "./output_error.ts";
export {
  ProtobufField,
  type ProtobufMessage,
  type ProtobufWindow,
  type ProtobufWireType,
} from "./protobuf_field.ts";
export { type ProtobufOptions, readProtobufFields } from "./read_protobuf_fields.ts";
export { createSpillFile, type SpillFile } from "./spill_file.ts";
