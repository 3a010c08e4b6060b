import type { Attribute } from "../../../graph/mod.ts";

/** Makes attributes of nodes. */
export const attribute = {
  int: (value: number): Attribute => ({ type: "int", value }),
  float: (value: number): Attribute => ({ type: "float", value }),
  string: (value: string): Attribute => ({ type: "string", value }),
  ints: (value: readonly number[]): Attribute => ({ type: "ints", value }),
} as const;
