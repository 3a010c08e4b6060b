import type { DlcArgument } from "../document.ts";

/** Makes arguments of version 3, by kind. */
export const argument = {
  boolean: (name: string, value: boolean): DlcArgument => ({ name, kind: "boolean", value }),
  int: (name: string, value: number): DlcArgument => ({ name, kind: "int", value }),
  uint: (name: string, value: number): DlcArgument => ({ name, kind: "uint", value }),
  /** Rounded as the file stores it. */
  float: (name: string, value: number): DlcArgument => ({
    name,
    kind: "float",
    value: Math.fround(value),
  }),
  string: (name: string, value: string): DlcArgument => ({ name, kind: "string", value }),
  ints: (name: string, value: readonly number[]): DlcArgument => ({ name, kind: "ints", value }),
  uints: (name: string, value: readonly number[]): DlcArgument => ({ name, kind: "uints", value }),
  floats: (name: string, value: readonly number[]): DlcArgument => ({
    name,
    kind: "floats",
    value,
  }),
  nested: (name: string, value: readonly DlcArgument[]): DlcArgument => ({
    name,
    kind: "nested",
    value: sortArguments(value),
  }),
  /** Children named `0`, `1`, …, in order. */
  list: (name: string, value: readonly DlcArgument[]): DlcArgument => ({
    name,
    kind: "nested",
    value,
  }),
} as const;

/** Sorts by name in byte order, as real files do. */
export function sortArguments(list: readonly DlcArgument[]): readonly DlcArgument[] {
  return list.toSorted((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** The argument of a name. */
export function findArgument(
  list: readonly DlcArgument[],
  name: string,
): DlcArgument | undefined {
  return list.find((one) => one.name === name);
}
