import { constantTensor } from "../constants/model_constants.ts";
import type { Model, Node } from "../model.ts";
import { consumersOf } from "../producers.ts";

/** Layers whose runtime kernels end in an optional clamp. */
const LAYERS: ReadonlySet<string> = new Set([
  "Add",
  "BatchNormalization",
  "Conv",
  "ConvTranspose",
  "Div",
  "Gemm",
  "Max",
  "MatMul",
  "Min",
  "Mul",
  "Sub",
  "Sum",
]);

function isClamp(model: Model, node: Node): boolean {
  if (node.operator === "Relu") return true;
  return node.operator === "Clip" &&
    node.inputs.slice(1).every((bound) =>
      bound === "" || constantTensor(model, bound) !== undefined
    );
}

/**
 * Finds the activations that run as part of the layer in front of them: a Relu, or a Clip with
 * constant bounds (ReLU6 and the like), that is the only reader of the output of a convolution,
 * matrix product, batch norm or element-wise arithmetic, where that output is no network output.
 * Sigmoid, Tanh, PRelu and others are layers of their own, as in SNPE.
 *
 * @param model The model.
 * @returns The activation by the name of its layer's node.
 */
export function fusedActivations(model: Model): ReadonlyMap<string, Node> {
  const consumers = consumersOf(model);
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const fused = new Map<string, Node>();
  for (const node of model.nodes) {
    const [output = ""] = node.outputs;
    if (!LAYERS.has(node.operator) || outputs.has(output)) continue;
    const [reader, ...others] = consumers.get(output) ?? [];
    if (reader === undefined || others.length > 0) continue;
    if (reader.inputs[0] === output && isClamp(model, reader)) fused.set(node.name, reader);
  }
  return fused;
}
