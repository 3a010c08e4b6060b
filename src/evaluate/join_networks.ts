import type { Model, Node, ValueInfo } from "../graph/mod.ts";
import type { TensorReference } from "../tensor/mod.ts";

/** Two networks as one, to run side by side on the same inputs. */
export interface JoinedNetworks {
  /** Both; names of the first are unchanged. */
  readonly model: Model;
  /** What a value of the second network is called here. */
  readonly nameOf: (value: string) => string;
}

/** No name of a network starts so. */
const PREFIX = "dlcstream/second/";

/**
 * Joins two networks that have the same inputs. Their nodes take turns, so that a value of one is made
 * soon after its counterpart of the other.
 *
 * @param first A network without encodings of activations.
 * @param second The other one; its encodings stay, also those of inputs.
 */
export function joinNetworks(first: Model, second: Model): JoinedNetworks {
  const shared = (name: string): boolean =>
    name === "" || second.initializers.get(name) === first.initializers.get(name) &&
      second.initializers.has(name);
  const nameOf = (name: string): string => shared(name) ? name : PREFIX + name;
  const rename = (info: ValueInfo): ValueInfo => ({ ...info, name: nameOf(info.name) });
  // A value that only the second network rounds.
  const copies = second.inputs.map(({ name }): Node => ({
    name: nameOf(name),
    operator: "Identity",
    inputs: [name],
    outputs: [nameOf(name)],
    attributes: {},
  }));
  const renamed = second.nodes.map((node): Node => ({
    ...node,
    name: PREFIX + node.name,
    inputs: node.inputs.map(nameOf),
    outputs: node.outputs.map(nameOf),
  }));
  const { activations, parameters } = second.encodings;
  const model: Model = {
    ...first,
    nodes: [...copies, ...takeTurns(first.nodes, renamed)],
    values: new Map([
      ...first.values,
      ...second.values.values().map(rename).map((info) => [info.name, info] as const),
    ]),
    outputs: [...first.outputs, ...second.outputs.map(rename)],
    initializers: new Map([
      ...first.initializers,
      ...Array.from(second.initializers, ([name, reference]): [string, TensorReference] => {
        const own = nameOf(name);
        return [own, own === name ? reference : { ...reference, name: own }];
      }),
    ]),
    encodings: {
      activations: new Map(Array.from(activations, ([name, own]) => [nameOf(name), own])),
      parameters: new Map(Array.from(parameters, ([name, own]) => [nameOf(name), own])),
    },
    batchNorms: new Map(),
  };
  return { model, nameOf };
}

function takeTurns(first: readonly Node[], second: readonly Node[]): Node[] {
  const nodes: Node[] = [];
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    nodes.push(...first.slice(index, index + 1), ...second.slice(index, index + 1));
  }
  return nodes;
}
