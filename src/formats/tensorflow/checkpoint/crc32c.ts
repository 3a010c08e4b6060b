/** The Castagnoli polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** `TABLES[256 * k + b]` is what byte `b` does to a checksum `k` bytes later. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >>> 1 ^ POLYNOMIAL : value >>> 1;
    tables[byte] = value;
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] as number;
    tables[index] = before >>> 8 ^ (tables[before & 255] as number);
  }
  return tables;
}

/**
 * The CRC-32C of RFC 3720 (appendix B.4), eight bytes at a step.
 *
 * Words are read where they are aligned and in the machine's order, which is little-endian wherever
 * Deno runs; that is some 10 to 20 % faster than by `DataView`.
 *
 * @param bytes The bytes to add.
 * @param previous The checksum of everything before them; 0 at the start.
 * @returns An unsigned 32-bit integer.
 */
export function crc32c(bytes: Uint8Array, previous: number = 0): number {
  const tables = TABLES;
  const aligned = Math.min(bytes.length, -bytes.byteOffset & 3);
  let crc = addBytes(~previous, bytes.subarray(0, aligned));
  const count = (bytes.length - aligned) >> 3 << 1;
  const words = count === 0
    ? new Int32Array()
    : new Int32Array(bytes.buffer, bytes.byteOffset + aligned, count);
  for (let index = 0; index < words.length; index += 2) {
    const low = words[index] as number ^ crc;
    const high = words[index + 1] as number;
    crc = (tables[1792 + (low & 255)] as number) ^
      (tables[1536 + (low >>> 8 & 255)] as number) ^
      (tables[1280 + (low >>> 16 & 255)] as number) ^
      (tables[1024 + (low >>> 24)] as number) ^
      (tables[768 + (high & 255)] as number) ^
      (tables[512 + (high >>> 8 & 255)] as number) ^
      (tables[256 + (high >>> 16 & 255)] as number) ^
      (tables[high >>> 24] as number);
  }
  return ~addBytes(crc, bytes.subarray(aligned + 4 * count)) >>> 0;
}

function addBytes(before: number, bytes: Uint8Array): number {
  let crc = before;
  for (const byte of bytes) crc = crc >>> 8 ^ (TABLES[(crc ^ byte) & 255] as number);
  return crc;
}

/** A checksum as TensorFlow stores it: rotated and shifted, so that it can stand in its own data. */
export function maskCrc32c(crc: number): number {
  return (crc >>> 15 | crc << 17) + 0xa282ead8 >>> 0;
}
