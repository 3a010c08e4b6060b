import type { Field, NumberType, TableField } from "./field.ts";

/** A table starts with the distance to its vtable; references take as much. */
const WORD_BYTES = 4;

const NUMBER_BYTES: Readonly<Record<NumberType, 1 | 4 | 8>> = {
  uint8: 1,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  float64: 8,
};

/** Where the fields of a table lie. */
export interface TableArrangement {
  /** Offset of each slot's field in the table; 0 for one that is not written. */
  readonly slots: readonly number[];
  /** Length of the table. */
  readonly byteLength: number;
  /** What the first field, right behind the distance to the vtable, must be aligned to. */
  readonly alignment: number;
}

/** Decides where the fields of a table lie: the largest first, so that all are aligned. */
export function arrangeTable({ fields }: TableField): TableArrangement {
  const slots = new Array<number>(fields.length).fill(0);
  let alignment = WORD_BYTES;
  let end = WORD_BYTES;
  let length = 0;
  for (const width of [8, 4, 1]) {
    for (let slot = 0; slot < fields.length; slot++) {
      const field = fields[slot];
      if (field === undefined || inlineBytes(field) !== width || isDefault(field)) continue;
      slots[slot] = end;
      end += width;
      length = Math.max(length, slot + 1);
      alignment = Math.max(alignment, width);
    }
  }
  slots.length = length;
  return { slots, byteLength: end, alignment };
}

function isDefault(field: Field): boolean {
  return field.kind === "number" && Object.is(field.value, 0);
}

function inlineBytes(field: Field): number {
  return field.kind === "number" ? NUMBER_BYTES[field.type] : WORD_BYTES;
}
