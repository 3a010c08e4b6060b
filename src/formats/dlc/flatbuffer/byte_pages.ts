import { damaged, type SourceRange } from "../source_range.ts";

/** Large enough for most tables and strings of a layer, small beside a tensor. */
const PAGE_BYTES = 2 ** 16;

/** Together 4 MiB: the graph of a usual network stays in memory, a larger one passes through. */
const MAX_PAGES = 64;

/**
 * Random access to a range through a few pages in memory. The tables of a parameter file lie between
 * gigabytes of tensors; only the pages that hold tables are ever read.
 */
export class BytePages {
  /** What is read. */
  readonly range: SourceRange;
  /** By page number, the longest held first. */
  readonly #pages = new Map<number, Uint8Array>();

  /** Nothing is read yet. */
  constructor(range: SourceRange) {
    this.range = range;
  }

  /**
   * Reads bytes.
   *
   * @param position Offset in the range.
   * @param byteLength How many.
   * @param what Names them in the error.
   * @returns Bytes that must not be changed.
   * @throws {FormatError} If the range ends before.
   */
  async read(position: number, byteLength: number, what: string): Promise<Uint8Array> {
    this.check(position, byteLength, what);
    const first = Math.floor(position / PAGE_BYTES);
    const start = position - first * PAGE_BYTES;
    if (start + byteLength <= PAGE_BYTES) {
      const page = this.#pages.get(first) ?? await this.#load(first);
      return page.subarray(start, start + byteLength);
    }
    const bytes = new Uint8Array(byteLength);
    await this.range.source.read(bytes, this.range.offset + position);
    return bytes;
  }

  /** Throws a `FormatError` unless the range holds these bytes. */
  check(position: number, byteLength: number, what: string): void {
    if (position >= 0 && position + byteLength <= this.range.byteLength) return;
    throw damaged(this.range.source, this.range.offset + Math.max(0, position), {
      what,
      found: `bytes ${position} to ${position + byteLength}`,
      expected: `inside the ${this.range.byteLength} bytes of the FlatBuffer`,
    });
  }

  async #load(number: number): Promise<Uint8Array> {
    const start = number * PAGE_BYTES;
    const page = new Uint8Array(Math.min(PAGE_BYTES, this.range.byteLength - start));
    await this.range.source.read(page, this.range.offset + start);
    const oldest = this.#pages.keys().next();
    if (this.#pages.size >= MAX_PAGES && !oldest.done) this.#pages.delete(oldest.value);
    this.#pages.set(number, page);
    return page;
  }
}
