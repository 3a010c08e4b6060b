import type { TensorEncoding } from "./encoding.ts";

/**
 * Whether two encodings give every integer the same meaning; two that are missing do.
 *
 * @param a An encoding, or `undefined` for a tensor that has none.
 * @param b Another one.
 */
export function sameGrid(a: TensorEncoding | undefined, b: TensorEncoding | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.axis === b.axis && a.encodings.length === b.encodings.length &&
    a.encodings.every(({ bitwidth, scale, offset }, index) => {
      const other = b.encodings[index];
      return bitwidth === other?.bitwidth && scale === other.scale && offset === other.offset;
    });
}
