import { checkRange } from "./_check_range.ts";
import type { ByteRange } from "./byte_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";
import { FormatError } from "../errors.ts";

const FIRST_WINDOW_BYTES = 16 * 1024;
const DEFAULT_WINDOW_BYTES = 256 * 1024;

/** A piece of a source in memory. */
export interface CursorWindow {
  /** Where its first byte is in the source. */
  readonly offset: number;
  /** The bytes; never written to again. */
  readonly bytes: Uint8Array;
}

/** Options for {@linkcode ByteCursor}. */
export interface ByteCursorOptions extends ReadOptions {
  /**
   * Bytes read from the source at once while reading on. After a jump reading begins with less, so
   * that skipping from tensor to tensor does not read the tensors.
   *
   * @default {262144}
   */
  readonly windowBytes?: number;
  /** A piece that is in memory already, such as the window of another cursor. */
  readonly window?: CursorWindow;
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
  #start: number;
  #position: number;
  #window: CursorWindow;
  #windowBytes: number;
  #nextWindowBytes = FIRST_WINDOW_BYTES;
  #options: ReadOptions;

  /**
   * Starts at the front of a range.
   *
   * @param source What is read.
   * @param range Which part; the whole source if left out.
   * @param options Window size and abort signal.
   * @throws {FormatError} If the range does not lie in the source.
   */
  constructor(source: ByteSource, range?: ByteRange, options: ByteCursorOptions = {}) {
    const { offset, byteLength } = range ?? { offset: 0, byteLength: source.byteLength };
    checkRange(source, offset, byteLength);
    this.source = source;
    this.end = offset + byteLength;
    this.#start = offset;
    this.#position = offset;
    this.#window = options.window ?? { offset, bytes: new Uint8Array(0) };
    this.#windowBytes = options.windowBytes ?? DEFAULT_WINDOW_BYTES;
    this.#options = options.signal === undefined ? {} : { signal: options.signal };
  }

  /** Where the next byte is, from the start of the source. */
  get position(): number {
    return this.#position;
  }

  /** How many bytes are left in the range. */
  get remaining(): number {
    return this.end - this.#position;
  }

  /** The piece of the source that is in memory; may reach beyond the range. */
  get window(): CursorWindow {
    return this.#window;
  }

  /**
   * Goes to another place in the range, forward or backward, without reading.
   *
   * @throws {FormatError} If it lies outside the range.
   */
  seek(position: number): void {
    if (!(position >= this.#start && position <= this.end)) {
      throw new FormatError(
        `Cannot go to byte ${position} of "${this.source.name}": the part being read spans bytes ${this.#start} to ${this.end}`,
        { file: this.source.name, offset: position },
      );
    }
    this.#position = position;
  }

  /**
   * Takes the next bytes.
   *
   * @returns A view, valid until the next step of whoever shares the window; copy what is kept.
   * @throws {FormatError} If the range ends before.
   */
  async bytes(byteLength: number): Promise<Uint8Array> {
    if (!(byteLength >= 0 && byteLength <= this.remaining)) {
      throw new FormatError(
        `Cannot read ${byteLength} bytes at byte ${this.#position} of "${this.source.name}": the part being read ends at byte ${this.end}`,
        {
          file: this.source.name,
          offset: this.#position,
          expected: `${byteLength} bytes`,
          found: `${this.remaining} bytes`,
        },
      );
    }
    if (!this.holds(byteLength)) await this.fill(byteLength);
    const index = this.#position - this.#window.offset;
    this.#position += byteLength;
    return this.#window.bytes.subarray(index, index + byteLength);
  }

  /** Whether the next bytes are in the window. */
  holds(byteLength: number): boolean {
    const index = this.#position - this.#window.offset;
    return index >= 0 && index + byteLength <= this.#window.bytes.length;
  }

  /** Reads until the window holds the next bytes, or as many as the range has. */
  async fill(byteLength: number): Promise<void> {
    const wanted = Math.min(byteLength, this.remaining);
    if (this.holds(wanted)) return;
    const index = this.#position - this.#window.offset;
    const { bytes: before } = this.#window;
    const kept = before.length > 0 && index >= 0 && index <= before.length
      ? before.subarray(index)
      : undefined;
    this.#nextWindowBytes = kept === undefined
      ? FIRST_WINDOW_BYTES
      : Math.min(4 * this.#nextWindowBytes, this.#windowBytes);
    const size = Math.min(Math.max(wanted, this.#nextWindowBytes), this.remaining);
    const bytes = new Uint8Array(size);
    if (kept !== undefined) bytes.set(kept);
    const start = kept?.length ?? 0;
    await this.source.read(bytes.subarray(start), this.#position + start, this.#options);
    this.#window = { offset: this.#position, bytes };
  }
}
