import { FormatError } from "../../errors.ts";
import type { ByteRange, ByteSource } from "../../io/mod.ts";

/** A run of bytes and what holds it: a member of the archive, a FlatBuffer, a tensor's elements. */
export interface SourceRange extends ByteRange {
  /** What holds the bytes; the offset counts from its start. */
  readonly source: ByteSource;
}

/** What {@linkcode damaged} says: a subject, and the present and the expected state of it. */
export interface Damage {
  /** The thing that is wrong, such as `size of member "model"`. */
  readonly what: string;
  /** Its present state. */
  readonly found: string | number;
  /** What a sound file has there. */
  readonly expected: string | number;
}

/** The one error about damaged bytes of a DLC; `offset` counts from the start of the source. */
export function damaged(source: ByteSource, offset: number, damage: Damage): FormatError {
  const found = String(damage.found);
  const expected = String(damage.expected);
  return new FormatError(
    `Cannot read "${source.name}": ${damage.what}: found ${found}, expected ${expected} ` +
      `(byte ${offset})`,
    { file: source.name, offset, expected, found },
  );
}

/** Reads a range whole. For small ranges only: the caller has bounded the length. */
export async function readRange(range: SourceRange): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(range.byteLength);
  await range.source.read(bytes, range.offset);
  return bytes;
}

/** How many bytes {@linkcode streamRange} holds. */
const STREAM_BYTES = 2 ** 20;

/** Reads a range of any size from front to back; a chunk is valid until the next step. */
export async function* streamRange(
  range: SourceRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(STREAM_BYTES, range.byteLength));
  for (let at = 0; at < range.byteLength; at += buffer.byteLength) {
    signal?.throwIfAborted();
    const chunk = buffer.subarray(0, range.byteLength - at);
    await range.source.read(chunk, range.offset + at);
    yield chunk;
  }
}
