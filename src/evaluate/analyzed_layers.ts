import { fusedActivations, type Model, type Node, producersOf } from "../graph/mod.ts";
import type { QuantizedModel } from "../quantize/mod.ts";

/** A layer as quantization sees it: an operator with the activation function that runs as part of it. */
export interface AnalyzedLayer {
  /** Name of the operator's node; of a network input, its own. */
  readonly name: string;
  /** The operator, or `Input`. */
  readonly operator: string;
  /** Its nodes in the float network; none for a network input. */
  readonly nodes: readonly Node[];
  /** The same in the quantized network, which may have biases that the float one has not. */
  readonly quantizedNodes: readonly Node[];
  /** Its weights and biases that are stored as integers, by their names in the quantized network. */
  readonly parameters: readonly string[];
  /** Values it makes that are rounded to grids of their own. */
  readonly activations: readonly string[];
}

/**
 * Finds the layers that rounding changes: those with quantized parameters, or whose outputs have an
 * encoding of their own. Network inputs come first, layers in topological order.
 *
 * @param float The prepared float network that `quantized` was made from; correction may have added
 *   biases since.
 * @param quantized The quantized network.
 */
export function analyzedLayers(float: Model, quantized: QuantizedModel): AnalyzedLayer[] {
  const fused = fusedActivations(float);
  const behind = new Set(fused.values());
  const producers = producersOf(quantized);
  const rounded = (value: string) =>
    quantized.encodings.activations.has(value) &&
    quantized.quantized.get(value)?.origin !== "passed on";
  const layers = float.inputs.map(({ name }): AnalyzedLayer => ({
    ...{ name, operator: "Input", nodes: [], quantizedNodes: [], parameters: [] },
    activations: rounded(name) ? [name] : [],
  }));
  for (const node of float.nodes) {
    if (behind.has(node)) continue;
    const activation = fused.get(node.name);
    const nodes = activation === undefined ? [node] : [node, activation];
    const inside = partMaking(quantized, nodes, producers);
    layers.push({
      name: node.name,
      operator: node.operator,
      nodes,
      quantizedNodes: inside,
      parameters: [...new Set(inside.flatMap(({ inputs }) => inputs))].filter((name) =>
        isStoredAsIntegers(quantized, name)
      ),
      activations: inside.flatMap(({ outputs }) => outputs).filter(rounded),
    });
  }
  return layers.filter(({ parameters, activations }) => parameters.length + activations.length > 0);
}

/** The nodes of a network that make from the inputs of some nodes what these make. */
function partMaking(
  model: Model,
  nodes: readonly Node[],
  producers: ReadonlyMap<string, Node>,
): Node[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const given = new Set(nodes.flatMap(({ inputs }) => inputs)).difference(made);
  const found = new Set<Node>();
  const pending = [...made];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const producer = given.has(value) ? undefined : producers.get(value);
    if (producer === undefined || found.has(producer)) continue;
    found.add(producer);
    pending.push(...producer.inputs);
  }
  return found.size < 2 ? [...found] : model.nodes.filter((node) => found.has(node));
}

function isStoredAsIntegers({ encodings, quantized }: QuantizedModel, name: string): boolean {
  return quantized.get(name)?.float !== undefined &&
    encodings.floatParameters?.has(name) !== true;
}
