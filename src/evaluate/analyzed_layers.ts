import { fusedActivations, type Model } from "../graph/mod.ts";
import type { QuantizedModel } from "../quantize/mod.ts";

/** A layer as quantization sees it: an operator with the activation function that runs as part of it. */
export interface AnalyzedLayer {
  /** Name of the operator's node; of a network input, its own. */
  readonly name: string;
  /** The operator, or `Input`. */
  readonly operator: string;
  /** Names of its nodes; none for a network input. */
  readonly nodes: readonly string[];
  /** Its weights and biases that are stored as integers. */
  readonly parameters: readonly string[];
  /** Values it makes that are rounded to grids of their own. */
  readonly activations: readonly string[];
}

/**
 * Finds the layers that rounding changes: those with quantized parameters, or whose outputs have an
 * encoding of their own. Network inputs come first, layers in topological order.
 *
 * @param float The prepared float network.
 * @param quantized The network quantized from it.
 */
export function analyzedLayers(float: Model, quantized: QuantizedModel): AnalyzedLayer[] {
  const fused = fusedActivations(float);
  const behind = new Set(fused.values());
  const rounded = (value: string) =>
    quantized.encodings.activations.has(value) &&
    quantized.quantized.get(value)?.origin !== "passed on";
  const layers = float.inputs.map(({ name }): AnalyzedLayer => ({
    ...{ name, operator: "Input", nodes: [], parameters: [] },
    activations: rounded(name) ? [name] : [],
  }));
  for (const node of float.nodes) {
    if (behind.has(node)) continue;
    const activation = fused.get(node.name);
    const nodes = activation === undefined ? [node] : [node, activation];
    layers.push({
      name: node.name,
      operator: node.operator,
      nodes: nodes.map(({ name }) => name),
      parameters: [...new Set(nodes.flatMap(({ inputs }) => inputs))].filter((name) =>
        isStoredAsIntegers(quantized, name)
      ),
      activations: nodes.flatMap(({ outputs }) => outputs).filter(rounded),
    });
  }
  return layers.filter(({ parameters, activations }) => parameters.length + activations.length > 0);
}

function isStoredAsIntegers({ encodings, quantized }: QuantizedModel, name: string): boolean {
  return quantized.get(name)?.float !== undefined &&
    encodings.floatParameters?.has(name) !== true;
}
