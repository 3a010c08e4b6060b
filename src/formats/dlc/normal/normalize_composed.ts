import { floatAttribute, type Node } from "../../../graph/mod.ts";
import { attribute, inputOf, outputOf } from "./normal_graph.ts";
import type { NormalizeNode, Normalizer } from "./normalizer.ts";
import { normalizeVariadic } from "./normalize_elementwise.ts";
import { normalizeReduce } from "./normalize_statistics.ts";

/** Operators that no DLC has and that several of its operators say together. */
export const NORMALIZE_COMPOSED: Readonly<Record<string, NormalizeNode>> = {
  Mean: normalizeMean,
  ReduceL1: (node, normalizer) => reduceOf(node, normalizer, { operator: "Abs", operands: 1 }),
  ReduceSumSquare: (node, normalizer) =>
    reduceOf(node, normalizer, { operator: "Mul", operands: 2 }),
};

/** A sum, then a division. */
function normalizeMean(node: Node, normalizer: Normalizer): void {
  const output = outputOf(node);
  const sum = normalizer.intermediate(`${output}.sum`, output, normalizer.shape(output));
  const summed = { ...node, name: `${node.name}.sum`, outputs: [sum] };
  normalizeVariadic(summed, normalizer, "Add");
  const count = scalar(normalizer, `${node.name}.count`, node.inputs.length);
  normalizer.emit(node, { operator: "Div", inputs: [sum, count], outputs: [output] });
}

/** The sum of what an operator makes of each element. */
function reduceOf(
  node: Node,
  normalizer: Normalizer,
  { operator, operands }: { readonly operator: string; readonly operands: number },
): void {
  const input = inputOf(node, 0);
  const element = normalizer.intermediate(`${input}.element`, input, normalizer.shape(input));
  const inputs = Array<string>(operands).fill(input);
  normalizer.emit(node, { operator, inputs, outputs: [element] }, ".element");
  const reduced = { ...node, operator: "ReduceSum", inputs: node.inputs.with(0, element) };
  normalizeReduce(reduced, normalizer);
}

/**
 * Adds what computes the further outputs of a LayerNormalization: the mean and one over the deviation,
 * `1 / √(mean((x − mean)²) + ε)`.
 */
export function emitLayerMoments(
  node: Node,
  normalizer: Normalizer,
  axes: readonly number[],
): void {
  const input = inputOf(node, 0);
  const [, mean = "", inverse = ""] = node.outputs;
  if (mean === "" && inverse === "") return;
  const shape = normalizer.shape(input);
  const reduced = shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  const attributes = { axes: attribute.ints(axes), keepdims: attribute.int(1) };
  const between = (name: string, dims: readonly number[]): string =>
    normalizer.intermediate(`${node.name}.${name}`, input, dims);
  const emit = (operator: string, inputs: readonly string[], output: string): string => {
    const steered = operator === "ReduceMean" ? { attributes } : {};
    normalizer.emit(node, { operator, inputs, outputs: [output], ...steered }, `.${operator}`);
    return output;
  };
  const center = emit("ReduceMean", [input], mean === "" ? between("mean", reduced) : mean);
  if (inverse === "") return;
  const distance = emit("Sub", [input, center], between("distance", shape));
  const square = emit("Mul", [distance, distance], between("square", shape));
  const variance = emit("ReduceMean", [square], between("variance", reduced));
  const epsilon = scalar(normalizer, `${node.name}.epsilon`, floatAttribute(node, "epsilon", 1e-5));
  const shifted = emit("Add", [variance, epsilon], between("shifted", reduced));
  const deviation = emit("Sqrt", [shifted], between("deviation", reduced));
  emit("Div", [scalar(normalizer, `${node.name}.one`, 1), deviation], inverse);
}

function scalar(normalizer: Normalizer, name: string, value: number): string {
  const data = Float32Array.of(value);
  return normalizer.constant(name, { dtype: "float32", shape: [1], data });
}
