import { crc32 as zlibCrc32 } from "node:zlib";

/**
 * The CRC-32 of ZIP and gzip (reflected polynomial 0xEDB88320).
 *
 * @param bytes The bytes to add.
 * @param previous The checksum of everything before them; 0 at the start.
 * @returns An unsigned 32-bit integer.
 */
export function crc32(bytes: Uint8Array, previous: number = 0): number {
  return zlibCrc32(bytes, previous);
}
