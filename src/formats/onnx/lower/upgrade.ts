import type { Attribute, Node } from "../../../graph/mod.ts";
import type { LoweringContext } from "./lowering_context.ts";

/** Rewrites a node of an older opset to nodes of the pinned one that mean the same. */
export type Upgrade = (node: Node, context: LoweringContext) => readonly Node[];

/** The node with other inputs and without some attributes. */
export function moveAttributes(
  node: Node,
  names: readonly string[],
  inputs: readonly string[],
): Node {
  const last = inputs.findLastIndex((input) => input !== "");
  return withAttributes({ ...node, inputs: inputs.slice(0, last + 1) }, {}, names);
}

/** The node with some attributes set and others removed. */
export function withAttributes(
  node: Node,
  set: Readonly<Record<string, Attribute>>,
  removed: readonly string[] = [],
): Node {
  const kept = Object.entries(node.attributes).filter(([name]) => !removed.includes(name));
  return { ...node, attributes: Object.fromEntries([...kept, ...Object.entries(set)]) };
}

/** An integer attribute. */
export function int(value: number): Attribute {
  return { type: "int", value };
}

/** A string attribute. */
export function string(value: string): Attribute {
  return { type: "string", value };
}
