import { FormatError } from "../../errors.ts";
import type { Node } from "../model.ts";
import { describeNode } from "../operators/operator_call.ts";
import { producersOf } from "../producers.ts";

/**
 * Puts producers in front of consumers. Nodes that are in order already keep their order.
 *
 * @throws {FormatError} If nodes feed each other in a circle; the message names one on it.
 */
export function sortTopologically(nodes: readonly Node[]): readonly Node[] {
  const producers = producersOf({ nodes });
  const sorted: Node[] = [];
  const open = new Set<Node>();
  const done = new Set<Node>();
  for (const root of nodes) {
    const stack = done.has(root) ? [] : [{ node: root, next: 0 }];
    open.add(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next];
      if (input === undefined) {
        stack.pop();
        open.delete(top.node);
        done.add(top.node);
        sorted.push(top.node);
        continue;
      }
      top.next++;
      const producer = producers.get(input);
      if (producer === undefined || done.has(producer)) continue;
      if (open.has(producer)) {
        throw new FormatError(
          `Cannot order the graph: ${describeNode(producer)} depends on its own output ` +
            `through "${input}", expected no cycle`,
          { found: input },
        );
      }
      open.add(producer);
      stack.push({ node: producer, next: 0 });
    }
  }
  return sorted;
}
