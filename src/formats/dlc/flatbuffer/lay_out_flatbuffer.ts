import { UnsupportedError } from "../../../errors.ts";
import { arrangeTable } from "./arrange_table.ts";
import type { Field, NumberType, Payload, References, TableField } from "./field.ts";

/** Offsets have 32 bits, of which readers take 31. */
const MAX_FLATBUFFER_BYTES = 2 ** 31 - 1;

/** Bytes of a reference and of a count. */
const WORD_BYTES = 4;

/** The whole ends at a multiple of this, as with other writers. */
const END_ALIGNMENT = 8;

const UTF8 = new TextEncoder();

/** A FlatBuffer of which all is known but the bytes of its payloads. */
export interface FlatBufferLayout {
  /** Length of the whole. */
  readonly byteLength: number;
  /** All tables, strings and small vectors. */
  readonly head: Uint8Array;
  /** The payloads behind them, in order of position. */
  readonly payloads: readonly {
    /** Where the vector, its count, begins. */
    readonly position: number;
    /** Its elements. */
    readonly payload: Payload;
  }[];
}

/**
 * Lays a FlatBuffer out from front to back: each table, then what it refers to, then the payloads of
 * all. References lead forward, so every offset is known before the first payload is read.
 *
 * @param identifier Four characters that name the kind of the root.
 * @throws {UnsupportedError} If the whole exceeds 2 GiB.
 */
export function layOutFlatBuffer(root: TableField, identifier: string): FlatBufferLayout {
  const writer = new LayoutWriter();
  writer.placeText(identifier);
  writer.refer(0, writer.placeTable(root));
  return writer.finish(identifier);
}

class LayoutWriter {
  #bytes = new Uint8Array(2 ** 16);
  #view = new DataView(this.#bytes.buffer);
  /** The next free byte; the root reference comes first. */
  #end = WORD_BYTES;
  /** Positions of vtables by content: tables with the same fields share one. */
  readonly #vtables = new Map<string, number>();
  /** Payloads, and the positions of the references to them. */
  readonly #payloads: { readonly from: number; readonly payload: Payload }[] = [];

  /** Sets the reference at `from`. */
  refer(from: number, target: number): void {
    this.#view.setUint32(from, target - from, true);
  }

  /** Writes the bytes of a string without count and end. */
  placeText(value: string): void {
    const encoded = UTF8.encode(value);
    const position = this.#take(encoded.byteLength);
    this.#bytes.set(encoded, position);
  }

  placeTable(table: TableField): number {
    const { slots, byteLength, alignment } = arrangeTable(table);
    const vtable = this.#placeVtable(slots, byteLength);
    // The largest fields come first, right behind the distance to the vtable.
    this.#align(alignment, WORD_BYTES);
    const position = this.#take(byteLength);
    this.#view.setInt32(position, position - vtable, true);
    for (let slot = 0; slot < slots.length; slot++) {
      const field = table.fields[slot];
      const at = slots[slot] ?? 0;
      if (field !== undefined && at > 0) this.#placeField(field, position + at);
    }
    return position;
  }

  finish(identifier: string): FlatBufferLayout {
    const head = this.#bytes.slice(0, this.#end);
    const view = new DataView(head.buffer);
    let byteLength = head.byteLength;
    const payloads = this.#payloads.map(({ from, payload }) => {
      const position = alignUp(byteLength, WORD_BYTES);
      byteLength = position + WORD_BYTES + payload.byteLength;
      view.setUint32(from, position - from, true);
      return { position, payload };
    });
    byteLength = alignUp(byteLength, END_ALIGNMENT);
    if (byteLength > MAX_FLATBUFFER_BYTES) {
      throw new UnsupportedError(
        `Cannot write "${identifier}" as one FlatBuffer: it needs ${byteLength} bytes, ` +
          `${MAX_FLATBUFFER_BYTES} are the limit; DLC version 4.1 keeps tensors outside of it`,
      );
    }
    return { byteLength, head, payloads };
  }

  #placeField(field: Field, from: number): void {
    switch (field.kind) {
      case "number":
        this.#setNumber(field.type, field.value, from);
        break;
      case "table":
        this.refer(from, this.placeTable(field));
        break;
      case "text": {
        const encoded = UTF8.encode(field.value);
        this.refer(from, this.#placeElements(encoded.byteLength, encoded));
        this.#take(1);
        break;
      }
      case "elements":
        this.refer(from, this.#placeElements(field.count, field.bytes));
        break;
      case "references":
        this.refer(from, this.#placeReferences(field));
        break;
      case "payload":
        this.#payloads.push({ from, payload: field.payload });
    }
  }

  #placeElements(count: number, bytes: Uint8Array): number {
    this.#align(WORD_BYTES);
    const position = this.#take(WORD_BYTES + bytes.byteLength);
    this.#view.setUint32(position, count, true);
    this.#bytes.set(bytes, position + WORD_BYTES);
    return position;
  }

  #placeReferences(references: References): number {
    this.#align(WORD_BYTES);
    const position = this.#take(WORD_BYTES * (1 + references.count));
    this.#view.setUint32(position, references.count, true);
    let from = position;
    references.forEach((item) => {
      from += WORD_BYTES;
      this.#placeField(item, from);
    });
    return position;
  }

  #placeVtable(slots: readonly number[], tableBytes: number): number {
    const key = `${tableBytes}:${slots}`;
    const known = this.#vtables.get(key);
    if (known !== undefined) return known;
    this.#align(2);
    const byteLength = 2 * (2 + slots.length);
    const position = this.#take(byteLength);
    this.#view.setUint16(position, byteLength, true);
    this.#view.setUint16(position + 2, tableBytes, true);
    slots.forEach((at, slot) => {
      this.#view.setUint16(position + 4 + 2 * slot, at, true);
    });
    this.#vtables.set(key, position);
    return position;
  }

  #setNumber(type: NumberType, value: number, at: number): void {
    switch (type) {
      case "uint8":
        this.#view.setUint8(at, value);
        break;
      case "int32":
        this.#view.setInt32(at, value, true);
        break;
      case "uint32":
        this.#view.setUint32(at, value, true);
        break;
      case "float32":
        this.#view.setFloat32(at, value, true);
        break;
      case "int64":
        this.#view.setBigInt64(at, BigInt(value), true);
        break;
      case "float64":
        this.#view.setFloat64(at, value, true);
    }
  }

  /** Skips zero bytes until `ahead` bytes further on is a multiple of `alignment`. */
  #align(alignment: number, ahead = 0): void {
    this.#take(alignUp(this.#end + ahead, alignment) - ahead - this.#end);
  }

  /** Reserves zero bytes and returns their position. */
  #take(byteLength: number): number {
    const position = this.#end;
    this.#end += byteLength;
    if (this.#end > this.#bytes.byteLength) {
      const grown = new Uint8Array(2 * this.#end);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return position;
  }
}

function alignUp(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment;
}
