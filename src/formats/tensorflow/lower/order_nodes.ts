import { FormatError } from "../../../errors.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { type GraphScope, parseReference } from "./graph_scope.ts";

/** Inputs of these come from a later turn of a loop. */
const LOOPING = new Set(["NextIteration", "RefNextIteration"]);

/** Whether the inputs of a node are made by a later turn of a loop. */
export function readsBack({ operator }: TensorflowNode): boolean {
  return LOOPING.has(operator);
}

/**
 * The nodes that outputs depend on, producers first.
 *
 * @param scope The nodes, and what is there already.
 * @param references The outputs.
 * @param file The file, for messages.
 * @throws {FormatError} If something is read that is not there, or nodes feed each other in a circle.
 */
export function orderNodes(
  { nodes, given, prefix }: GraphScope,
  references: readonly string[],
  file: string,
): TensorflowNode[] {
  const ordered: TensorflowNode[] = [];
  const open = new Set<TensorflowNode>();
  const done = new Set<TensorflowNode>();
  const find = (reference: string, reader: string): TensorflowNode | undefined => {
    const { name } = parseReference(reference);
    if (given.has(name)) return undefined;
    const node = nodes.get(name);
    if (node !== undefined) return node;
    throw new FormatError(
      `Cannot read "${file}": ${reader} reads "${prefix}${name}", which is not there`,
      { file, found: name },
    );
  };
  for (const reference of references) {
    const root = find(reference, "an output");
    if (root === undefined || done.has(root)) continue;
    const stack = [{ node: root, next: 0 }];
    open.add(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { node } = top;
      const input = readsBack(node) ? undefined : node.inputs[top.next];
      if (input === undefined) {
        stack.pop();
        open.delete(node);
        done.add(node);
        ordered.push(node);
        continue;
      }
      top.next++;
      const producer = find(input, `node "${prefix}${node.name}" (${node.operator})`);
      if (producer === undefined || done.has(producer)) continue;
      if (open.has(producer)) {
        throw new FormatError(
          `Cannot read "${file}": node "${prefix}${producer.name}" (${producer.operator}) depends ` +
            `on its own output, expected no cycle`,
          { file, found: producer.name },
        );
      }
      open.add(producer);
      stack.push({ node: producer, next: 0 });
    }
  }
  return ordered;
}
