import { FormatError } from "../errors.ts";
import { checkRange } from "./_check_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";

/** Bytes in memory as a source. They are not copied; leave them unchanged. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  #bytes: Uint8Array;

  /**
   * Wraps bytes; `openSource` does the same for callers that have a path or URL as well.
   *
   * @param bytes The bytes.
   * @param name What error messages call them.
   */
  constructor(bytes: Uint8Array, name: string) {
    this.name = name;
    this.byteLength = bytes.byteLength;
    this.#bytes = bytes;
  }

  // deno-lint-ignore require-await -- a rejected promise, never an exception at the call
  async read(target: Uint8Array, position: number, options: ReadOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    checkRange(this, position, target.byteLength);
    target.set(this.#bytes.subarray(position, position + target.byteLength));
  }

  openSibling(relativePath: string): Promise<ByteSource> {
    return Promise.reject(noFolderError(this.name, relativePath));
  }

  /** Does nothing: the bytes stay where they are. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** The error of a source that has no folder, so that nothing lies beside it. */
export function noFolderError(file: string, relativePath: string): FormatError {
  return new FormatError(
    `Cannot open ${
      JSON.stringify(relativePath)
    } beside "${file}": the bytes are not in a folder; open the model by its path or URL`,
    { file, found: relativePath },
  );
}
