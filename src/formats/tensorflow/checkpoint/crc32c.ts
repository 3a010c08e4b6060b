/** The Castagnoli polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** `TABLES[256 * k + b]` is what byte `b` does to a checksum `k` bytes later. */
const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
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
 * @param bytes The bytes to add.
 * @param previous The checksum of everything before them; 0 at the start.
 * @returns An unsigned 32-bit integer.
 */
export function crc32c(bytes: Uint8Array, previous: number = 0): number {
  const tables = TABLES;
  let crc = ~previous;
  let index = 0;
  const last = bytes.length - 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; index <= last; index += 8) {
    const low = view.getInt32(index, true) ^ crc;
    const high = view.getInt32(index + 4, true);
    crc = (tables[1792 + (low & 255)] as number) ^
      (tables[1536 + (low >>> 8 & 255)] as number) ^
      (tables[1280 + (low >>> 16 & 255)] as number) ^
      (tables[1024 + (low >>> 24)] as number) ^
      (tables[768 + (high & 255)] as number) ^
      (tables[512 + (high >>> 8 & 255)] as number) ^
      (tables[256 + (high >>> 16 & 255)] as number) ^
      (tables[high >>> 24] as number);
  }
  for (; index < bytes.length; index++) {
    crc = crc >>> 8 ^ (tables[(crc ^ (bytes[index] as number)) & 255] as number);
  }
  return ~crc >>> 0;
}

/** A checksum as TensorFlow stores it: rotated and shifted, so that it can stand in its own data. */
export function maskCrc32c(crc: number): number {
  return (crc >>> 15 | crc << 17) + 0xa282ead8 >>> 0;
}
