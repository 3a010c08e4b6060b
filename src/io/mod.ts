/** Byte sources, atomic outputs, spill files and checksums. @module */
export type { ByteSource, ReadOptions } from "./byte_source.ts";
