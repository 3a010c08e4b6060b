import { FormatError } from "../../errors.ts";
import type { ByteSource } from "../../io/mod.ts";
import { TextLineStream } from "../../std/streams.ts";

const BLOCK_BYTES = 65536;
/** Longer lines are no list of paths: somebody gave a model or raw data as the list. */
const MAX_LINE_BYTES = 1 << 20;

/**
 * Reads a text file line by line.
 *
 * @throws {FormatError} If it is not UTF-8 or has a line without end.
 */
export function readLines(
  source: ByteSource,
  options: { readonly signal?: AbortSignal } = {},
): AsyncIterable<string> {
  return ReadableStream.from(readText(source, options))
    .pipeThrough(new TextLineStream({ allowCR: false }));
}

async function* readText(
  source: ByteSource,
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<string> {
  const file = source.name;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const block = new Uint8Array(BLOCK_BYTES);
  let lineBytes = 0;
  for (let position = 0; position < source.byteLength; position += BLOCK_BYTES) {
    const bytes = block.subarray(0, Math.min(BLOCK_BYTES, source.byteLength - position));
    await source.read(bytes, position, options);
    const lineEnd = bytes.lastIndexOf(0x0a);
    lineBytes = lineEnd < 0 ? lineBytes + bytes.length : bytes.length - lineEnd - 1;
    if (lineBytes > MAX_LINE_BYTES) {
      throw new FormatError(
        `Cannot read input list "${file}": a line is longer than ${MAX_LINE_BYTES} bytes`,
        { file, offset: position, expected: `lines of at most ${MAX_LINE_BYTES} bytes` },
      );
    }
    try {
      yield decoder.decode(bytes, { stream: position + BLOCK_BYTES < source.byteLength });
    } catch (cause) {
      throw new FormatError(
        `Cannot read input list "${file}": it is not UTF-8 text near byte ${position}`,
        { file, offset: position, expected: "UTF-8 text", cause },
      );
    }
  }
}
