import type { Field, NumberType, TableField } from "./field.ts";

/** A table starts with the distance to its vtable; references take as much. */
const WORD_BYTES = 4;

const NUMBER_BYTES: Readonly<Record<NumberType, number>> = {
  uint8: 1,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  float64: 8,
};

/** Where the fields of a table lie. */
export interface TableArrangement {
  /** Offset of each slot's field in the table; 0 for an absent one. */
  readonly slots: readonly number[];
  /** The fields that are written. */
  readonly fields: readonly { readonly field: Field; readonly at: number }[];
  /** Length of the table. */
  readonly byteLength: number;
  /** What the first field, right behind the distance to the vtable, must be aligned to. */
  readonly alignment: number;
}

/** Decides where the fields of a table lie: the largest first, so that all are aligned. */
export function arrangeTable(table: TableField): TableArrangement {
  const present = Object.entries(table.fields)
    .filter(([, field]) => !isDefault(field))
    .map(([slot, field]) => ({ slot: Number(slot), field, byteLength: inlineBytes(field) }))
    .toSorted((a, b) => b.byteLength - a.byteLength);
  const slots = new Array<number>(Math.max(0, ...present.map(({ slot }) => slot + 1))).fill(0);
  const alignment = Math.max(WORD_BYTES, ...present.map(({ byteLength }) => byteLength));
  let end = WORD_BYTES;
  const fields = present.map(({ slot, field, byteLength }) => {
    const at = end;
    slots[slot] = at;
    end += byteLength;
    return { field, at };
  });
  return { slots, fields, byteLength: end, alignment };
}

function isDefault(field: Field): boolean {
  return field.kind === "number" && Object.is(field.value, 0);
}

function inlineBytes(field: Field): number {
  return field.kind === "number" ? NUMBER_BYTES[field.type] : WORD_BYTES;
}
