import type { FormatError } from "../../../errors.ts";
import type { SourceRange } from "../source_range.ts";
import type { BytePages } from "./byte_pages.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where a {@linkcode Table} finds what it refers to; a `FlatBufferReader`. */
export interface TableSource {
  /** The bytes, paged. */
  readonly pages: BytePages;
  /** The table at a position, to which `depth` tables lead. */
  table(position: number, depth: number): Promise<Table>;
  /** Counts an object of some bytes against the limit of the file. */
  charge(position: number, byteLength: number): void;
  /** The error about bytes at a position. */
  damaged(
    position: number,
    what: string,
    found: string | number,
    expected: string | number,
  ): FormatError;
}

/** What a {@linkcode Table} is made of. */
export interface TableParts {
  /** Offset in the FlatBuffer. */
  readonly position: number;
  /** How many tables lead to it. */
  readonly depth: number;
  /** Offsets of the fields in the table, 16 bits a slot; 0 for an absent field. */
  readonly slots: DataView;
  /** The table's own bytes. */
  readonly fields: DataView;
}

/** A vector in the FlatBuffer. */
interface Vector {
  /** Offset of the first element. */
  readonly position: number;
  /** How many elements. */
  readonly count: number;
}

/**
 * A table of a FlatBuffer. Its own bytes are in memory; strings, vectors and further tables are read
 * when asked for. A field that is absent is 0, empty, or `undefined`.
 */
export class Table {
  /** Offset in the FlatBuffer, for messages. */
  readonly position: number;
  readonly #reader: TableSource;
  readonly #depth: number;
  readonly #slots: DataView;
  readonly #fields: DataView;

  /** Made by the reader, which has checked the parts. */
  constructor(reader: TableSource, parts: TableParts) {
    this.#reader = reader;
    this.position = parts.position;
    this.#depth = parts.depth;
    this.#slots = parts.slots;
    this.#fields = parts.fields;
  }

  /** Whether the field is there. */
  has(slot: number): boolean {
    return this.#find(slot, 1) !== undefined;
  }

  /** A number below 2^8, or a truth value: 0 is false. */
  uint8(slot: number): number {
    const at = this.#find(slot, 1);
    return at === undefined ? 0 : this.#fields.getUint8(at);
  }

  /** A signed 32-bit number. */
  int32(slot: number): number {
    const at = this.#find(slot, 4);
    return at === undefined ? 0 : this.#fields.getInt32(at, true);
  }

  /** An unsigned 32-bit number. */
  uint32(slot: number): number {
    const at = this.#find(slot, 4);
    return at === undefined ? 0 : this.#fields.getUint32(at, true);
  }

  /** A single-precision number. */
  float32(slot: number): number {
    const at = this.#find(slot, 4);
    return at === undefined ? 0 : this.#fields.getFloat32(at, true);
  }

  /** A double-precision number. */
  float64(slot: number): number {
    const at = this.#find(slot, 8);
    return at === undefined ? 0 : this.#fields.getFloat64(at, true);
  }

  /** A signed 64-bit number; a `FormatError` if it exceeds 2^53. */
  int64(slot: number): number {
    const at = this.#find(slot, 8);
    if (at === undefined) return 0;
    const value = this.#fields.getBigInt64(at, true);
    if (BigInt.asIntN(54, value) !== value) {
      throw this.#damaged(slot, String(value), "an integer below 2^53");
    }
    return Number(value);
  }

  /** Bytes between the start of the field and the end of the table, and the field's alignment to 8. */
  roomFor(slot: number): { readonly byteLength: number; readonly aligned8: boolean } {
    const at = this.#find(slot, 1);
    if (at === undefined) return { byteLength: 0, aligned8: false };
    return {
      byteLength: this.#fields.byteLength - at,
      aligned8: (this.position + at) % 8 === 0,
    };
  }

  /** A string. */
  async text(slot: number): Promise<string> {
    const target = this.#follow(slot);
    return target === undefined ? "" : await this.#readText(slot, target);
  }

  /** A vector of strings. */
  async texts(slot: number): Promise<string[]> {
    const texts: string[] = [];
    for (const target of await this.#targets(slot)) {
      texts.push(await this.#readText(slot, target));
    }
    return texts;
  }

  /** A table. */
  async table(slot: number): Promise<Table | undefined> {
    const target = this.#follow(slot);
    return target === undefined ? undefined : await this.#reader.table(target, this.#depth + 1);
  }

  /** A vector of tables, one after the other. */
  async *tables(slot: number): AsyncGenerator<Table> {
    for (const target of await this.#targets(slot)) {
      yield await this.#reader.table(target, this.#depth + 1);
    }
  }

  /** A vector of bytes, copied into memory. */
  async bytes(slot: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#readVector(slot, 1));
  }

  /** A vector of signed 32-bit numbers. */
  async int32s(slot: number): Promise<number[]> {
    return Array.from(new Int32Array(await this.#readVector(slot, 4)));
  }

  /** A vector of unsigned 32-bit numbers. */
  async uint32s(slot: number): Promise<number[]> {
    return Array.from(new Uint32Array(await this.#readVector(slot, 4)));
  }

  /** A vector of single-precision numbers. */
  async float32s(slot: number): Promise<number[]> {
    return Array.from(new Float32Array(await this.#readVector(slot, 4)));
  }

  /** Where the elements of a vector lie; they are not read, so the vector may be of any size. */
  async payload(slot: number, bytesPerElement: number): Promise<SourceRange | undefined> {
    const vector = await this.#findVector(slot, bytesPerElement);
    if (vector === undefined) return undefined;
    const { source, offset } = this.#reader.pages.range;
    const byteLength = vector.count * bytesPerElement;
    return { source, offset: offset + vector.position, byteLength };
  }

  /** The error about what the table says: a subject, its present and its expected state. */
  damaged(what: string, found: string | number, expected: string | number): FormatError {
    return this.#reader.damaged(this.position, what, found, expected);
  }

  /** Offset of the field in the table, if it is there; all `byteLength` bytes lie in the table. */
  #find(slot: number, byteLength: number): number | undefined {
    if (2 * slot + 2 > this.#slots.byteLength) return undefined;
    const at = this.#slots.getUint16(2 * slot, true);
    if (at === 0) return undefined;
    if (at < 4 || at + byteLength > this.#fields.byteLength) {
      throw this.#damaged(
        slot,
        `bytes ${at} to ${at + byteLength}`,
        `inside the ${this.#fields.byteLength} bytes of the table`,
      );
    }
    return at;
  }

  /** The position that the field refers to. */
  #follow(slot: number): number | undefined {
    const at = this.#find(slot, 4);
    if (at === undefined) return undefined;
    return this.#forward(slot, this.position + at, this.#fields.getUint32(at, true));
  }

  #forward(slot: number, position: number, distance: number): number {
    if (distance === 0) {
      throw this.#damaged(slot, "a reference to itself", "one that leads forward");
    }
    return position + distance;
  }

  async #readText(slot: number, position: number): Promise<string> {
    const byteLength = await this.#readCount(slot, position, 1);
    this.#reader.charge(position, byteLength);
    const bytes = await this.#reader.pages.read(position + 4, byteLength, this.#name(slot));
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#damaged(slot, "bytes that are not UTF-8", "text");
    }
  }

  async #targets(slot: number): Promise<number[]> {
    const vector = await this.#findVector(slot, 4);
    if (vector === undefined) return [];
    const distances = new Uint32Array(await this.#readVector(slot, 4));
    return Array.from(
      distances,
      (distance, index) => this.#forward(slot, vector.position + 4 * index, distance),
    );
  }

  async #readVector(slot: number, bytesPerElement: number): Promise<ArrayBuffer> {
    const vector = await this.#findVector(slot, bytesPerElement);
    if (vector === undefined) return new ArrayBuffer(0);
    const byteLength = vector.count * bytesPerElement;
    this.#reader.charge(vector.position, byteLength);
    const bytes = await this.#reader.pages.read(vector.position, byteLength, this.#name(slot));
    return new Uint8Array(bytes).buffer;
  }

  async #findVector(slot: number, bytesPerElement: number): Promise<Vector | undefined> {
    const target = this.#follow(slot);
    if (target === undefined) return undefined;
    const count = await this.#readCount(slot, target, bytesPerElement);
    return { position: target + 4, count };
  }

  /** The count before the elements at `position`; all of them lie in the FlatBuffer. */
  async #readCount(slot: number, position: number, bytesPerElement: number): Promise<number> {
    const { pages } = this.#reader;
    const bytes = await pages.read(position, 4, this.#name(slot));
    const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    pages.check(position + 4, count * bytesPerElement, this.#name(slot));
    return count;
  }

  #name(slot: number): string {
    return `field ${slot} of the table at ${this.position}`;
  }

  #damaged(slot: number, found: string | number, expected: string | number): FormatError {
    return this.damaged(this.#name(slot), found, expected);
  }
}
