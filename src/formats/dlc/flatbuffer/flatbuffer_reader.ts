import type { FormatError } from "../../../errors.ts";
import { damaged, type SourceRange } from "../source_range.ts";
import { BytePages } from "./byte_pages.ts";
import { Table, type TableSource } from "./table.ts";

/**
 * Most that is read of one FlatBuffer, tensors aside: bytes of tables, strings and vectors, with a
 * fixed charge for each object made. A network of a million channels with encodings takes half of it.
 */
const MAX_GRAPH_BYTES = 256 * 2 ** 20;

/**
 * Most that is read, as a multiple of the FlatBuffer's length. References only lead forward, so there
 * are no cycles, but a small file can reach one subtree exponentially often. A file that shares all
 * strings and vtables stays below 7.
 */
const MAX_SHARING = 16;

/** What an object costs beyond its bytes. */
const OBJECT_BYTES = 32;

/** Attributes in real files nest six deep. */
const MAX_DEPTH = 64;

/** Root reference and identifier. */
const HEADER_BYTES = 8;

/**
 * Reads a FlatBuffer of any size without holding it. Nothing is trusted: each offset, length and
 * count is checked against the bytes that are there, and the total work is bounded.
 */
export class FlatBufferReader implements TableSource {
  /** The bytes, paged. */
  readonly pages: BytePages;
  readonly #maxCharge: number;
  #charge = 0;

  /** Reads from `range`, whose first byte is that of the root reference. */
  constructor(range: SourceRange) {
    this.pages = new BytePages(range);
    this.#maxCharge = Math.min(MAX_GRAPH_BYTES, MAX_SHARING * range.byteLength);
  }

  /** The four characters after the root reference. */
  async identifier(): Promise<string> {
    const bytes = await this.pages.read(4, 4, "identifier of a FlatBuffer");
    return String.fromCharCode(...bytes);
  }

  /** The root table. */
  async root(): Promise<Table> {
    const bytes = await this.pages.read(0, HEADER_BYTES, "header of a FlatBuffer");
    return await this.table(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true), 0);
  }

  /**
   * The table at a position.
   *
   * @param depth How many tables lead to it.
   */
  async table(position: number, depth: number): Promise<Table> {
    if (depth > MAX_DEPTH) {
      throw this.damaged(position, "depth of nested tables", depth, `at most ${MAX_DEPTH}`);
    }
    const distance = await this.#numbers(position, 4, "start of a table");
    const vtable = position - distance.getInt32(0, true);
    const sizes = await this.#numbers(vtable, 4, "start of a vtable");
    const vtableBytes = sizes.getUint16(0, true);
    const tableBytes = sizes.getUint16(2, true);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0) {
      throw this.damaged(vtable, "size of a vtable", vtableBytes, "an even number from 4");
    }
    if (tableBytes < 4) {
      throw this.damaged(vtable, "size of a table", tableBytes, "at least 4");
    }
    const slots = await this.#numbers(vtable + 4, vtableBytes - 4, "vtable");
    const fields = await this.#numbers(position, tableBytes, "table");
    this.charge(position, vtableBytes + tableBytes);
    return new Table(this, { position, depth, slots, fields });
  }

  /** Counts an object of some bytes; a `FormatError` when the total is beyond any real file. */
  charge(position: number, byteLength: number): void {
    this.#charge += byteLength + OBJECT_BYTES;
    if (this.#charge <= this.#maxCharge) return;
    throw this.damaged(
      position,
      "work to read all tables, strings and vectors",
      `${this.#charge} bytes`,
      `at most ${this.#maxCharge} (parts are referred to many times)`,
    );
  }

  /** The error about bytes at a position. */
  damaged(
    position: number,
    what: string,
    found: string | number,
    expected: string | number,
  ): FormatError {
    const { source, offset } = this.pages.range;
    return damaged(source, offset + position, { what, found, expected });
  }

  async #numbers(position: number, byteLength: number, what: string): Promise<DataView> {
    const bytes = await this.pages.read(position, byteLength, what);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
