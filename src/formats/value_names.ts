import { intsAttribute, type Model, type Node, producersOf } from "../graph/mod.ts";

/** A value at an end of a Transpose: a container that has layouts of its own may lose its name. */
export interface TransposeNames {
  /** What the Transpose reads. */
  readonly input: string;
  /** The node that makes that, and which of its outputs it is; `""` if none does. */
  readonly node: string;
  /** Which output of that node. */
  readonly position: number;
  /** Axis `i` of the output is axis `order[i]` of the input. */
  readonly order: readonly number[];
  /** What the Transpose makes. */
  readonly output: string;
}

/** Lists what the values at both ends of each Transpose of a model are called. */
export function transposeNames(model: Pick<Model, "nodes">): TransposeNames[] {
  const producers = producersOf(model);
  return transposesOf(model).map(({ input, order, output }) => {
    const producer = producers.get(input);
    const position = producer?.outputs.indexOf(input) ?? 0;
    return { input, node: producer?.name ?? "", position, order, output };
  });
}

/**
 * Gives values the names they had before a container took Transposes away that only change the layout,
 * and others came to be when it was read. Network inputs and outputs have their names; a name that is
 * in use is left alone.
 */
export function restoreValueNames(model: Model, names: readonly TransposeNames[]): Model {
  const nodes = new Map(model.nodes.map((node) => [node.name, node]));
  const fixed = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  const transposes = transposesOf(model);
  const found = new Map<string, string>();
  const renamed = new Map<string, string>();
  const current = (name: string): string => found.get(name) ?? name;
  const claim = (value: string | undefined, name: string): void => {
    if (value === undefined || !model.values.has(value) || fixed.has(value)) return;
    if (model.values.has(name) || model.initializers.has(name) || found.has(name)) return;
    if (renamed.has(value)) return;
    found.set(name, value);
    renamed.set(value, name);
  };
  for (const { input, node, position, order, output } of names) {
    const isThis = (other: { readonly order: readonly number[] }): boolean =>
      other.order.join() === order.join();
    claim(nodes.get(node)?.outputs[position], input);
    claim(transposes.find((one) => isThis(one) && one.output === current(output))?.input, input);
    claim(transposes.find((one) => isThis(one) && one.input === current(input))?.output, output);
  }
  return renamed.size === 0 ? model : rename(model, (name) => renamed.get(name) ?? name);
}

function transposesOf({ nodes }: Pick<Model, "nodes">) {
  return nodes.flatMap((node: Node) => {
    const [input = ""] = node.inputs;
    const [output = ""] = node.outputs;
    const order = intsAttribute(node, "perm");
    return node.operator === "Transpose" && order !== undefined ? [{ input, order, output }] : [];
  });
}

function rename(model: Model, nameOf: (name: string) => string): Model {
  return {
    ...model,
    nodes: model.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
    })),
    values: new Map(
      Array.from(model.values, ([name, value]) => [nameOf(name), { ...value, name: nameOf(name) }]),
    ),
    encodings: {
      ...model.encodings,
      activations: new Map(
        Array.from(model.encodings.activations, ([name, encoding]) => [nameOf(name), encoding]),
      ),
    },
  };
}
