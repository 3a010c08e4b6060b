import type { Attribute } from "./model.ts";

/** Makes attributes of nodes, each of its ONNX type. */
export const attribute: {
  /** An integer. */
  readonly int: (value: number) => Attribute;
  /** A real number. */
  readonly float: (value: number) => Attribute;
  /** A string. */
  readonly string: (value: string) => Attribute;
  /** A list of integers. */
  readonly ints: (value: readonly number[]) => Attribute;
  /** A list of real numbers. */
  readonly floats: (value: readonly number[]) => Attribute;
} = {
  int: (value) => ({ type: "int", value }),
  float: (value) => ({ type: "float", value }),
  string: (value) => ({ type: "string", value }),
  ints: (value) => ({ type: "ints", value }),
  floats: (value) => ({ type: "floats", value }),
};
