import type { Model, Node } from "./model.ts";

/** Maps each value that a node makes to that node; network inputs and initializers are not in it. */
export function producersOf(model: Pick<Model, "nodes">): ReadonlyMap<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of model.nodes) {
    for (const output of node.outputs) if (output !== "") producers.set(output, node);
  }
  return producers;
}

/** Inputs or outputs that are there: `""` stands for one that is left out, and is no value. */
export function namesOf(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== "");
}

/**
 * Maps each value (also initializers) to the nodes that read it, in topological order; a node that
 * reads a value twice is listed once. Values nobody reads are not in it.
 */
export function consumersOf(model: Pick<Model, "nodes">): ReadonlyMap<string, readonly Node[]> {
  const consumers = new Map<string, Node[]>();
  for (const node of model.nodes) {
    for (const input of new Set(node.inputs)) {
      if (input === "") continue;
      const list = consumers.get(input);
      if (list === undefined) consumers.set(input, [node]);
      else list.push(node);
    }
  }
  return consumers;
}
