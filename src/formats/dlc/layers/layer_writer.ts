import type { UnsupportedError } from "../../../errors.ts";
import type { Node } from "../../../graph/mod.ts";
import type { DlcArgument } from "../document.ts";
import { type Constant, inputOf, type NormalGraph, shapeOf } from "../normal/normal_graph.ts";
import { unsupported } from "../normal/normalizer.ts";

/** What a node in normal form and stored layout becomes. */
export interface LayerDraft {
  /** Layer type. */
  readonly type: string;
  /** Attributes of the type, in any order. */
  readonly attributes?: readonly DlcArgument[];
  /** Buffers it reads; constants among them become Const layers. All inputs of the node if left out. */
  readonly inputs?: readonly string[];
  /** Buffers it makes; those of the node if left out. */
  readonly outputs?: readonly string[];
  /** Tensors of the layer: names in the graph by names in the layer. */
  readonly tensors?: Readonly<Record<string, string>>;
  /** What is added to the node's name, where a node becomes several layers. */
  readonly suffix?: string;
}

/** Writes one operator of normal form as layers. */
export type WriteLayer = (node: Node, graph: NormalGraph) => readonly LayerDraft[];

/** The error about a node that version 3 cannot say, or of which nobody knows how. */
export function notIn3(node: Node, found: string): UnsupportedError {
  return unsupported(node, `${found}, which DLC version 3 is not known to say`, "DLC version 4");
}

/** Height and width of an image operand. */
export function imageSize(graph: NormalGraph, name: string): readonly [number, number] {
  const shape = shapeOf(graph, name);
  return [shape[1] ?? 1, shape[2] ?? 1];
}

/** A constant operand. */
export function constantOf(graph: NormalGraph, node: Node, index: number): Constant {
  const name = inputOf(node, index);
  const constant = graph.constants.get(name);
  if (constant === undefined) throw notIn3(node, `its input ${index} is computed by the network`);
  return constant;
}
