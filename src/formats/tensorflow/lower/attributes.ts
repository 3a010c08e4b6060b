import type { Attribute } from "../../../graph/mod.ts";

/** An ONNX attribute with an integer. */
export function int(value: number): Attribute {
  return { type: "int", value };
}

/** An ONNX attribute with integers. */
export function ints(value: readonly number[]): Attribute {
  return { type: "ints", value };
}

/** An ONNX attribute with a float. */
export function float(value: number): Attribute {
  return { type: "float", value };
}

/** An ONNX attribute with a string. */
export function text(value: string): Attribute {
  return { type: "string", value };
}
