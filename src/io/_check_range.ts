import { FormatError } from "../errors.ts";
import type { ByteSource } from "./byte_source.ts";

/** Throws a {@linkcode FormatError} unless `byteLength` bytes at `position` lie in the source. */
export function checkRange(
  source: Pick<ByteSource, "name" | "byteLength">,
  position: number,
  byteLength: number,
): void {
  // Written so that NaN and fractions fail as well.
  const inside = Number.isSafeInteger(position) && Number.isSafeInteger(byteLength) &&
    position >= 0 && byteLength >= 0 && position <= source.byteLength - byteLength;
  if (inside) return;
  throw new FormatError(
    `Cannot read ${byteLength} bytes at byte ${position} of "${source.name}": it has ${source.byteLength} bytes`,
    {
      file: source.name,
      offset: position,
      expected: `${byteLength} bytes`,
      found: `${Math.max(0, source.byteLength - position)} bytes`,
    },
  );
}
