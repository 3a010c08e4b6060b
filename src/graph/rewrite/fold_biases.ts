import { countElements, type TensorReference, viewTensor } from "../../tensor/mod.ts";
import type { Model, Node } from "../model.ts";
import { consumersOf, producersOf } from "../producers.ts";
import { freeName, rewriteModel } from "./rewrite_model.ts";

/** The layer behind `value` if it has no bias yet and nobody else reads its output. */
function layerWithoutBias(
  model: Model,
  { value, producers, consumers }: {
    readonly value: string;
    readonly producers: ReadonlyMap<string, Node>;
    readonly consumers: ReadonlyMap<string, readonly Node[]>;
  },
): Node | undefined {
  const layer = producers.get(value);
  if (layer === undefined || consumers.get(value)?.length !== 1) return undefined;
  if (model.outputs.some(({ name }) => name === value)) return undefined;
  const spoken = model.overrides.activations.has(value) || model.encodings.activations.has(value);
  if (spoken || (layer.inputs[2] ?? "") !== "") return undefined;
  const weight = model.initializers.get(layer.inputs[1] ?? "");
  const rank = model.values.get(value)?.shape.length;
  switch (layer.operator) {
    case "Conv":
    case "ConvTranspose":
      return weight === undefined ? undefined : layer;
    case "MatMul":
      return weight?.shape.length === 2 && rank === 2 ? layer : undefined;
  }
  return undefined;
}

/** A constant as one number for each channel (axis 1), if it is that. */
function channelVector(
  constant: TensorReference | undefined,
  output: readonly number[],
): TensorReference | undefined {
  const channels = output[1] ?? 0;
  if (constant === undefined || countElements(constant.shape) !== channels) return undefined;
  const lead = output.length - constant.shape.length;
  if (lead < 0 || constant.shape[1 - lead] !== channels) return undefined;
  return viewTensor(constant, { kind: "reshape", shape: [channels] });
}

/**
 * Makes an Add of a constant vector behind a Conv, ConvTranspose or MatMul the bias of that layer; a
 * MatMul becomes a Gemm. The layer's output takes the name of the sum. A layer stays as it is if it
 * has a bias, if others read its output, or if that output has an encoding.
 */
export function foldBiases(model: Model): Model {
  const producers = producersOf(model);
  const consumers = consumersOf(model);
  const initializers = new Map(model.initializers);
  const changed = new Map<Node, Node | undefined>();
  for (const add of model.nodes) {
    if (add.operator !== "Add") continue;
    for (const [index, value] of add.inputs.entries()) {
      const layer = layerWithoutBias(model, { value, producers, consumers });
      const constant = initializers.get(add.inputs[1 - index] ?? "");
      const shape = model.values.get(value)?.shape ?? [];
      const vector = channelVector(constant, shape);
      if (layer === undefined || vector === undefined || changed.has(layer)) continue;
      const taken = (name: string): boolean => model.values.has(name) || initializers.has(name);
      const alone = consumers.get(vector.name)?.length === 1;
      const name = alone ? vector.name : freeName(`${layer.name}.bias`, { has: taken });
      initializers.set(name, { ...vector, name });
      changed.set(add, undefined);
      changed.set(layer, {
        ...layer,
        operator: layer.operator === "MatMul" ? "Gemm" : layer.operator,
        inputs: [layer.inputs[0] ?? "", layer.inputs[1] ?? "", name],
        outputs: add.outputs,
      });
      break;
    }
  }
  if (changed.size === 0) return model;
  const nodes = model.nodes.flatMap((node) => changed.has(node) ? changed.get(node) ?? [] : [node]);
  return rewriteModel(model, { nodes, initializers });
}
