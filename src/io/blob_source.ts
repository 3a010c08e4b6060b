import { checkRange } from "./_check_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";
import { noFolderError } from "./memory_source.ts";

/** A `Blob` (also a `File` from a form) as a source. */
export class BlobSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  #blob: Blob;

  constructor(blob: Blob, name: string) {
    this.name = name;
    this.byteLength = blob.size;
    this.#blob = blob;
  }

  async read(target: Uint8Array, position: number, options: ReadOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    checkRange(this, position, target.byteLength);
    let done = 0;
    for await (const piece of this.#blob.slice(position, position + target.byteLength).stream()) {
      options.signal?.throwIfAborted();
      target.set(piece, done);
      done += piece.byteLength;
    }
  }

  openSibling(relativePath: string): Promise<ByteSource> {
    return Promise.reject(noFolderError(this.name, relativePath));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
