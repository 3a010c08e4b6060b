import type { AtomicOutput } from "../../../src/io/mod.ts";

/**
 * An output that keeps what is written. Chunks that are `zeros` are counted, not kept, so that files of
 * many gigabytes can be written and read in a test.
 */
export class MemoryOutput implements AtomicOutput {
  /** Stands for zero bytes in files that are too large to be kept. */
  static readonly zeros = new Uint8Array(2 ** 26);
  readonly path = "memory.dlc";
  position = 0;
  readonly #pieces: { readonly position: number; readonly bytes: Uint8Array }[] = [];

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.buffer !== MemoryOutput.zeros.buffer) {
      this.#pieces.push({ position: this.position, bytes: bytes.slice() });
    }
    this.position += bytes.byteLength;
    return Promise.resolve();
  }

  writeAt(bytes: Uint8Array, position: number): Promise<void> {
    this.#pieces.push({ position, bytes: bytes.slice() });
    return Promise.resolve();
  }

  /** Fills `target` with what has been written from `start` on. */
  read(target: Uint8Array, start: number): void {
    target.fill(0);
    for (const { position, bytes } of this.#pieces) {
      const from = Math.max(start, position);
      const to = Math.min(start + target.byteLength, position + bytes.byteLength);
      if (from < to) target.set(bytes.subarray(from - position, to - position), from - start);
    }
  }

  /** All that has been written. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.position);
    this.read(bytes, 0);
    return bytes;
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
