import { FormatError } from "../../errors.ts";
import type { ByteSource } from "../../io/mod.ts";

/** Larger files hold no encodings; a million entries of the wordiest version take about 200 MiB. */
const MAX_FILE_BYTES = 256 * 2 ** 20;
/** The deepest version nests six levels. */
const MAX_DEPTH = 32;

/**
 * Reads a JSON document of bounded size and depth.
 *
 * @throws {FormatError} If it is too large, nested too deeply, no UTF-8, or no JSON.
 */
export async function parseJson(
  source: ByteSource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  const file = source.name;
  if (source.byteLength > MAX_FILE_BYTES) {
    throw new FormatError(
      `Cannot read encodings "${file}": it has ${source.byteLength} bytes, expected at most ` +
        `${MAX_FILE_BYTES}`,
      { file, expected: `at most ${MAX_FILE_BYTES} bytes`, found: String(source.byteLength) },
    );
  }
  const bytes = new Uint8Array(source.byteLength);
  await source.read(bytes, 0, options);
  checkDepth(bytes, file);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`Cannot read encodings "${file}": it is not UTF-8 text`, { file, cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The engine's own message quotes the file; only its position is of use.
    const position = /at position (\d+)/.exec(String(cause))?.[1];
    throw new FormatError(
      `Cannot read encodings "${file}": it is not JSON` +
        (position === undefined ? "" : ` from character ${position} on`),
      { file, expected: "JSON", cause },
    );
  }
}

/** Counts open brackets outside of strings. */
function checkDepth(bytes: Uint8Array, file: string): void {
  let depth = 0;
  let quoted = false;
  for (let offset = 0; offset < bytes.length; offset++) {
    const byte = bytes[offset];
    if (quoted) {
      if (byte === 0x5c) offset++; // a backslash: the next byte is no end of the string
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) {
        throw new FormatError(
          `Cannot read encodings "${file}": nested deeper than ${MAX_DEPTH} levels at byte ${offset}`,
          { file, offset, expected: `at most ${MAX_DEPTH} levels` },
        );
      }
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}
