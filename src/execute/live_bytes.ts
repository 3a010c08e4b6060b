import type { Model, Node } from "../graph/mod.ts";
import { byteLengthOf, countElements } from "../tensor/mod.ts";

/**
 * For each node, the bytes of all values that exist while it runs: made before or by it, and still
 * needed by it or later.
 *
 * @param model The network.
 * @param nodes Those of its nodes that run, in topological order.
 * @param kept Values that are needed after the last node.
 */
export function liveBytesOf(
  model: Model,
  nodes: readonly Node[],
  kept: ReadonlySet<string>,
): number[] {
  const lastUse = new Map<string, number>();
  for (const [index, node] of nodes.entries()) {
    for (const name of [...node.outputs, ...node.inputs]) lastUse.set(name, index);
  }
  const dying: string[][] = nodes.map(() => []);
  for (const [name, index] of lastUse) if (!kept.has(name)) dying[index]?.push(name);
  let bytes = 0;
  const alive = new Set<string>();
  return nodes.map((node, index) => {
    for (const name of [...node.inputs, ...node.outputs]) {
      if (alive.has(name) || !model.values.has(name)) continue;
      alive.add(name);
      bytes += tensorBytes(model, [name]);
    }
    const live = bytes;
    for (const name of dying[index] ?? []) {
      if (alive.delete(name)) bytes -= tensorBytes(model, [name]);
    }
    return live;
  });
}

/** The bytes of values and constants together. */
export function tensorBytes(model: Model, names: Iterable<string>): number {
  let bytes = 0;
  for (const name of names) {
    const tensor = model.values.get(name) ?? model.initializers.get(name);
    if (tensor !== undefined) bytes += byteLengthOf(tensor.dtype, countElements(tensor.shape));
  }
  return bytes;
}
