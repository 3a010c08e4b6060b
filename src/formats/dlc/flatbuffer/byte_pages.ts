import { damaged, type SourceRange } from "../source_range.ts";

/** Large enough for most tables and strings of a layer, small beside a tensor. */
const PAGE_BYTES = 2 ** 16;

/** Together 4 MiB: the graph of a usual network stays in memory, a larger one passes through. */
const MAX_PAGES = 64;

/**
 * Most that is read, as a multiple of the range's length. Tables lie near what they refer to, so each
 * page is read once or twice; references that jump to and fro could ask for pages without end.
 */
const MAX_PASSES = 16;

/**
 * Random access to a range through a few pages in memory. The tables of a parameter file lie between
 * gigabytes of tensors; only the pages that hold tables are ever read.
 */
export class BytePages {
  /** What is read. */
  readonly range: SourceRange;
  /** By page number, the longest held first. */
  readonly #pages = new Map<number, Uint8Array>();
  #loaded = 0;

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
    const number = Math.floor(position / PAGE_BYTES);
    const start = position - number * PAGE_BYTES;
    if (start + byteLength <= PAGE_BYTES) {
      const page = this.#pages.get(number) ?? await this.#loadPage(number);
      return page.subarray(start, start + byteLength);
    }
    return await this.#load(position, byteLength);
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

  async #loadPage(number: number): Promise<Uint8Array> {
    const start = number * PAGE_BYTES;
    const page = await this.#load(start, Math.min(PAGE_BYTES, this.range.byteLength - start));
    const oldest = this.#pages.keys().next();
    if (this.#pages.size >= MAX_PAGES && !oldest.done) this.#pages.delete(oldest.value);
    this.#pages.set(number, page);
    return page;
  }

  async #load(position: number, byteLength: number): Promise<Uint8Array> {
    const { source, offset } = this.range;
    const allowance = MAX_PASSES * this.range.byteLength;
    this.#loaded += byteLength;
    if (this.#loaded > allowance) {
      throw damaged(source, offset + position, {
        what: "bytes to read from a FlatBuffer",
        found: this.#loaded,
        expected: `at most ${allowance} (references jump to and fro)`,
      });
    }
    const bytes = new Uint8Array(byteLength);
    await source.read(bytes, offset + position);
    return bytes;
  }
}
