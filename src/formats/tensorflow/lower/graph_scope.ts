import type { AttrValue } from "../proto/read_attr_value.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import type { Value } from "./value.ts";

/** Nodes that are lowered together: those of the graph, or those of one call of a function. */
export interface GraphScope {
  /** Nodes by name. */
  readonly nodes: ReadonlyMap<string, TensorflowNode>;
  /** What is there already: arguments of the function, or values that stand for nodes. */
  readonly given: ReadonlyMap<string, Value>;
  /** Stands before the names of nodes: those of the calls around them. */
  readonly prefix: string;
  /** Values for attributes that a function leaves open. */
  readonly placeholders: ReadonlyMap<string, AttrValue>;
  /** How many calls are around. */
  readonly depth: number;
}

/** A reference to an output: `name` or `name:2`. */
export interface OutputReference {
  /** The node or argument. */
  readonly name: string;
  /** The number of its output. */
  readonly index: number;
}

/** Takes a reference apart. */
export function parseReference(reference: string): OutputReference {
  const [, name = reference, index = "0"] = /^(.*?):(\d{1,9})$/.exec(reference) ?? [];
  return { name, index: Number(index) };
}
