import { UnsupportedError } from "../../errors.ts";
import type { Node } from "../../graph/mod.ts";

/** How messages and new values call a node: its name, or its first output. */
export function nodeLabel(node: Node): string {
  return node.name !== "" ? node.name : node.outputs.find((output) => output !== "") ?? "";
}

/** The error about a node that is valid ONNX, but not supported. */
export function unsupportedNode(node: Node, problem: string): UnsupportedError {
  const label = nodeLabel(node);
  return new UnsupportedError(`Cannot read node "${label}" (${node.operator}): ${problem}`, {
    node: label,
    operator: node.operator,
  });
}
