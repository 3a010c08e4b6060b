const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1024],
  ["kb", 1000],
  ["kib", 1024],
  ["m", 1024 ** 2],
  ["mb", 1000 ** 2],
  ["mib", 1024 ** 2],
  ["g", 1024 ** 3],
  ["gb", 1000 ** 3],
  ["gib", 1024 ** 3],
  ["t", 1024 ** 4],
  ["tb", 1000 ** 4],
  ["tib", 1024 ** 4],
]);

/**
 * Reads a size such as `512MiB`, `1.5 GB`, `64k` or `1048576`. `KB`, `MB`, `GB`, `TB` count in
 * thousands; `KiB` and the bare letters in 1024s. Case does not matter.
 *
 * @param text The size as a person writes it.
 * @returns Whole bytes.
 * @throws {RangeError} If it is not a size, is negative, or exceeds 2^53 - 1.
 */
export function parseByteSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = UNIT_BYTES.get(match?.[2]?.toLowerCase() ?? "");
  if (match === null || unit === undefined) {
    throw new RangeError(
      `Cannot read the size "${text}": expected a number with an optional unit, such as "512MiB", "1.5GB" or "65536"`,
    );
  }
  const bytes = Math.round(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes)) {
    throw new RangeError(
      `Cannot use the size "${text}": it is larger than ${Number.MAX_SAFE_INTEGER} bytes`,
    );
  }
  return bytes;
}
