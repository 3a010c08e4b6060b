import type { Node } from "../../../graph/mod.ts";
import type { DenseTensor } from "../../../tensor/mod.ts";
import { expandDetectionOutput } from "./expand_detection_output.ts";
import { NodeComposer } from "./node_composer.ts";

/** Operators of the graph that ONNX does not have. */
const EXPAND: Readonly<Record<string, (node: Node, composer: NodeComposer) => void>> = {
  DetectionOutput: expandDetectionOutput,
};

/** Nodes that ONNX has, and the constants that some of them need. */
export interface ExpandedNodes {
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, DenseTensor>;
}

/** Puts ONNX nodes in the place of those that ONNX has no operator for. */
export function expandNodes(nodes: readonly Node[]): ExpandedNodes {
  if (!nodes.some(({ operator }) => Object.hasOwn(EXPAND, operator))) {
    return { nodes, initializers: new Map() };
  }
  const names = nodes.flatMap(({ name, inputs, outputs }) => [name, ...inputs, ...outputs]);
  const expanded: Node[] = [];
  const initializers = new Map<string, DenseTensor>();
  for (const node of nodes) {
    const expand = Object.hasOwn(EXPAND, node.operator) ? EXPAND[node.operator] : undefined;
    if (expand === undefined) {
      expanded.push(node);
      continue;
    }
    let prefix = `${node.name}/`;
    while (names.some((name) => name.startsWith(prefix))) prefix += "/";
    names.push(prefix);
    const composer = new NodeComposer(prefix);
    expand(node, composer);
    expanded.push(...composer.nodes);
    for (const [name, tensor] of composer.initializers) initializers.set(name, tensor);
  }
  return { nodes: expanded, initializers };
}
