/** How 4-bit integers are read: two's complement or unsigned. */
export type Int4Type = "int4" | "uint4";

/**
 * Packs 4-bit integers two to a byte, the first in the low nibble; an odd end is padded with 0.
 *
 * @param values Elements in `[-8, 7]` or `[0, 15]`; only the low four bits are used.
 * @param target Where the bytes go; new if left out.
 */
export function packInt4(
  values: Int8Array | Uint8Array,
  target: Uint8Array = new Uint8Array(Math.ceil(values.length / 2)),
): Uint8Array {
  const pairs = values.length >> 1;
  for (let index = 0; index < pairs; index++) {
    target[index] = values[2 * index]! & 15 | (values[2 * index + 1]! & 15) << 4;
  }
  if (values.length % 2 === 1) target[pairs] = values[values.length - 1]! & 15;
  return target;
}

/**
 * Unpacks 4-bit integers.
 *
 * @param bytes The packed bytes.
 * @param target Receives one element an entry: `Int8Array` for `int4`, `Uint8Array` for `uint4`.
 * @param skip Elements to pass over at the front: 0 or 1.
 */
export function unpackInt4<T extends Int8Array | Uint8Array>(
  bytes: Uint8Array,
  target: T,
  skip: 0 | 1 = 0,
): T {
  const signed = target instanceof Int8Array;
  for (let index = 0; index < target.length; index++) {
    const nibble = bytes[index + skip >> 1]! >> 4 * (index + skip & 1) & 15;
    target[index] = signed ? nibble << 28 >> 28 : nibble;
  }
  return target;
}
