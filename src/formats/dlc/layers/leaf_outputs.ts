import { UnsupportedError } from "../../../errors.ts";
import type { RelaidGraph } from "../normal/relayout.ts";
import { UniqueNames } from "../normal/unique_names.ts";

/**
 * Version 3 has no list of outputs: they are the buffers nobody reads. A network output that is also
 * read inside gets a copy that nobody reads; a buffer that nobody reads and
 * that is no output goes with its node.
 */
export function leafOutputs(graph: RelaidGraph): RelaidGraph {
  const pruned = dropUnread(graph);
  const read = new Set(pruned.nodes.flatMap(({ inputs }) => inputs));
  const passed = pruned.outputs.find((name) => pruned.inputs.includes(name));
  if (passed !== undefined) {
    throw new UnsupportedError(
      `Cannot write DLC version 3: output "${passed}" is a network input; DLC version 4 would work`,
    );
  }
  const shared = pruned.outputs.filter((name) => read.has(name));
  if (shared.length === 0) return pruned;
  const names = new UniqueNames([...graph.values.keys(), ...graph.constants.keys()]);
  const nodeNames = new UniqueNames(graph.nodes.map(({ name }) => name));
  const values = new Map(pruned.values);
  const activations = new Map(pruned.activations);
  const images = new Set(pruned.images);
  const inner = new Map<string, string>();
  for (const name of shared) {
    const own = names.take(`${name}.inner`);
    const value = values.get(name);
    const encoding = activations.get(name);
    if (value !== undefined) values.set(own, { ...value, name: own });
    if (encoding !== undefined) activations.set(own, encoding);
    if (images.has(name)) images.add(own);
    inner.set(name, own);
  }
  const rename = (name: string) => inner.get(name) ?? name;
  const copies = [...inner].map(([name, own]) => ({
    name: nodeNames.take(`${name}.output`),
    operator: "Identity",
    inputs: [own],
    outputs: [name],
    attributes: {},
  }));
  const nodes = pruned.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  return { ...pruned, nodes: [...nodes, ...copies], values, activations, images };
}

function dropUnread(graph: RelaidGraph): RelaidGraph {
  const needed = new Set(graph.outputs);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  }).reverse();
  return nodes.length === graph.nodes.length ? graph : { ...graph, nodes };
}
