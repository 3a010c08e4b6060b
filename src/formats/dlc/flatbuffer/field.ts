/**
 * A FlatBuffer described before it is written: a tree of tables with fields by slot. Only vectors of
 * tensor elements are left open, as {@linkcode Payload}.
 *
 * @module
 */
import { UnsupportedError } from "../../../errors.ts";

/** Types of numbers in a table. */
export type NumberType = "uint8" | "int32" | "uint32" | "float32" | "int64" | "float64";

/** Bytes that are streamed into a vector when the FlatBuffer is written. */
export interface Payload {
  /** Their number, known before the first. */
  readonly byteLength: number;
  /** Bytes of one element; the vector counts elements. */
  readonly bytesPerElement: number;
  /** The bytes; a chunk is used before the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** A table: its fields in the order of their slots, absent ones left out. */
export interface TableField {
  readonly kind: "table";
  readonly fields: readonly (Field | undefined)[];
}

/** A vector of references to what is not held: each item is made when its turn comes. */
export interface References {
  readonly kind: "references";
  /** How many items there are. */
  readonly count: number;
  /** Makes each item and shows it, in order. */
  forEach(visit: (item: Field) => void): void;
}

/** What a table can hold. A number equal to its default, 0, is left out. */
export type Field =
  | { readonly kind: "number"; readonly type: NumberType; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "elements"; readonly count: number; readonly bytes: Uint8Array }
  | References
  | { readonly kind: "payload"; readonly payload: Payload }
  | TableField;

/** A table with the given fields by slot; other slots are absent. */
export function table(fields: Readonly<Record<number, Field>>): TableField {
  const slots: (Field | undefined)[] = [];
  for (const slot in fields) slots[slot] = fields[slot];
  return { kind: "table", fields: slots };
}

/** A vector of tables. */
export function tables(items: readonly TableField[]): Field {
  return tablesOf(items, (item) => item);
}

/**
 * A vector of tables, one for each item of a list. Each is described when its turn comes, so that the
 * description of a large graph is never held whole.
 */
export function tablesOf<T>(
  list: readonly T[],
  describe: (item: T, index: number) => TableField,
): Field {
  return {
    kind: "references",
    count: list.length,
    forEach: (visit) => list.forEach((item, index) => visit(describe(item, index))),
  };
}

/** A string. */
export function text(value: string): Field {
  return { kind: "text", value };
}

/** A vector of strings. */
export function texts(values: readonly string[]): Field {
  return {
    kind: "references",
    count: values.length,
    forEach: (visit) => values.forEach((value) => visit(text(value))),
  };
}

/** A vector that is streamed behind all tables. */
export function payload(value: Payload): Field {
  return { kind: "payload", payload: value };
}

/** A truth value. */
export function boolean(value: boolean): Field {
  return { kind: "number", type: "uint8", value: Number(value) };
}

/** An unsigned 8-bit number. */
export function uint8(value: number): Field {
  return { kind: "number", type: "uint8", value: checkInteger(value, 0, 0xff) };
}

/** A signed 32-bit number. */
export function int32(value: number): Field {
  return { kind: "number", type: "int32", value: checkInteger(value, -(2 ** 31), 2 ** 31 - 1) };
}

/** An unsigned 32-bit number. */
export function uint32(value: number): Field {
  return { kind: "number", type: "uint32", value: checkInteger(value, 0, 2 ** 32 - 1) };
}

/** A signed 64-bit number; it must be a safe integer. */
export function int64(value: number): Field {
  const limit = Number.MAX_SAFE_INTEGER;
  return { kind: "number", type: "int64", value: checkInteger(value, -limit, limit) };
}

/** A single-precision number. */
export function float32(value: number): Field {
  return { kind: "number", type: "float32", value };
}

/** A double-precision number. */
export function float64(value: number): Field {
  return { kind: "number", type: "float64", value };
}

/** A number of a type that is known only when the program runs. */
export function numberField(type: NumberType, value: number): Field {
  return { int32, uint32, uint8, int64, float32, float64 }[type](value);
}

/** A vector of bytes that are in memory. */
export function bytes(value: Uint8Array): Field {
  return { kind: "elements", count: value.byteLength, bytes: value };
}

/** A vector of signed 32-bit numbers. */
export function int32s(values: readonly number[]): Field {
  for (const value of values) int32(value);
  return elements(Int32Array.from(values));
}

/** A vector of unsigned 32-bit numbers. */
export function uint32s(values: readonly number[]): Field {
  for (const value of values) uint32(value);
  return elements(Uint32Array.from(values));
}

/** A vector of single-precision numbers. */
export function float32s(values: readonly number[]): Field {
  return elements(Float32Array.from(values));
}

function elements(array: Int32Array | Uint32Array | Float32Array): Field {
  return { kind: "elements", count: array.length, bytes: new Uint8Array(array.buffer) };
}

function checkInteger(value: number, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new UnsupportedError(
    `Cannot store ${value} in a DLC: expected an integer from ${minimum} to ${maximum}`,
  );
}
