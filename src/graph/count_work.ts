import { countElements } from "../tensor/mod.ts";
import { einsumSubscripts } from "./einsum_subscripts.ts";
import type { Model, Node } from "./model.ts";
import { schemaOf } from "./operators/registry.ts";

function shapeOf(model: Pick<Model, "values" | "initializers">, name: string): readonly number[] {
  return (model.values.get(name) ?? model.initializers.get(name))?.shape ?? [];
}

/** The product of the extents of all dimensions that an Einsum equation names. */
function countEinsum(model: Model, node: Node): number {
  const shapes = node.inputs.map((name) => shapeOf(model, name));
  return countElements([...einsumSubscripts(node, shapes).extents.values()]);
}

/**
 * Counts the multiply-accumulate operations of one inference in a node: convolutions, matrix
 * products and recurrent layers; all other operators count 0, biases too.
 *
 * @param model The model.
 * @param node One of its nodes.
 */
export function countMacs(model: Model, node: Node): number {
  const input = shapeOf(model, node.inputs[0] ?? "");
  const weight = shapeOf(model, node.inputs[1] ?? "");
  const output = shapeOf(model, node.outputs[0] ?? "");
  switch (node.operator) {
    case "Conv":
      return countElements(output) * countElements(weight.slice(1));
    case "ConvTranspose":
      return countElements(input) * countElements(weight.slice(1));
    case "Gemm":
      return countElements(input) * (output[1] ?? 0);
    case "MatMul":
      return countElements(output) * (input.at(-1) ?? 0);
    case "Einsum":
      return countEinsum(model, node);
    case "GRU":
    case "LSTM":
    case "RNN": {
      const recurrence = shapeOf(model, node.inputs[2] ?? "");
      const steps = (input[0] ?? 0) * (input[1] ?? 0);
      return steps * (countElements(weight) + countElements(recurrence));
    }
  }
  return 0;
}

/**
 * Counts the elements of the floating-point constants that a node reads, or that the whole model
 * has. Settings such as Clip bounds and Resize scales do not count; a weight that several nodes read
 * counts once in the model.
 *
 * @param model The model.
 * @param node One of its nodes; all if left out.
 */
export function countParameters(model: Model, node?: Node): number {
  const names = new Set<string>();
  for (const { inputs, ...rest } of node === undefined ? model.nodes : [node]) {
    const { settings = [] } = schemaOf({ inputs, ...rest });
    for (const [index, name] of inputs.entries()) if (!settings.includes(index)) names.add(name);
  }
  let count = 0;
  for (const name of names) {
    const reference = model.initializers.get(name);
    if (reference?.dtype.includes("float")) count += countElements(reference.shape);
  }
  return count;
}
