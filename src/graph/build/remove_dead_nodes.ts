import type { Node } from "../model.ts";

/**
 * Keeps the nodes that the outputs depend on.
 *
 * @param nodes In topological order.
 * @param outputNames The network outputs.
 */
export function removeDeadNodes(
  nodes: readonly Node[],
  outputNames: readonly string[],
): readonly Node[] {
  const needed = new Set(outputNames);
  const alive: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    alive.push(node);
  }
  return alive.reverse();
}
