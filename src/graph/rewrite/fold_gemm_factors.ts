import { countElements, type TensorReference, viewTensor } from "../../tensor/mod.ts";
import { floatAttribute } from "../attributes.ts";
import type { Model, Node } from "../model.ts";
import { consumersOf } from "../producers.ts";
import { freeName, rewriteModel } from "./rewrite_model.ts";

/**
 * Multiplies the constant weights and biases of Gemm nodes by their factors `alpha` and `beta`, which
 * become 1. Nothing is read: the constants get views; those that others read too get a second name.
 * A factor stays if its operand is computed, is no float32, or has an encoding.
 */
export function foldGemmFactors(model: Model): Model {
  const consumers = consumersOf(model);
  const initializers = new Map(model.initializers);
  const { encodings, overrides } = model;
  const scaled = (name: string, factor: number, wish: string): string | undefined => {
    const constant = initializers.get(name);
    const spoken = encodings.parameters.has(name) || overrides.parameters.has(name);
    if (factor === 1 || constant?.dtype !== "float32" || spoken) return undefined;
    const [reader, ...others] = consumers.get(name) ?? [];
    const isOwn = others.length === 0 &&
      reader?.inputs.filter((input) => input === name).length === 1;
    const taken = (other: string): boolean => model.values.has(other) || initializers.has(other);
    const result = isOwn ? name : freeName(wish, { has: taken });
    initializers.set(result, { ...multiplied(constant, factor), name: result });
    return result;
  };
  let changed = false;
  const nodes = model.nodes.map((node): Node => {
    if (node.operator !== "Gemm") return node;
    const [input = "", weight = "", bias = ""] = node.inputs;
    const newWeight = scaled(weight, floatAttribute(node, "alpha", 1), `${node.name}.weight`);
    const newBias = scaled(bias, floatAttribute(node, "beta", 1), `${node.name}.bias`);
    if (newWeight === undefined && newBias === undefined) return node;
    changed = true;
    const one = { type: "float", value: 1 } as const;
    return {
      ...node,
      inputs: [input, newWeight ?? weight, ...(bias === "" ? [] : [newBias ?? bias])],
      attributes: {
        ...node.attributes,
        ...(newWeight === undefined ? {} : { alpha: one }),
        ...(newBias === undefined ? {} : { beta: one }),
      },
    };
  });
  return changed ? rewriteModel(model, { nodes, initializers }) : model;
}

function multiplied(constant: TensorReference, factor: number): TensorReference {
  const { shape } = constant;
  const flat = viewTensor(constant, { kind: "reshape", shape: [1, countElements(shape)] });
  const product = viewTensor(flat, { kind: "scale", axis: 0, factors: Float64Array.of(factor) });
  return viewTensor(product, { kind: "reshape", shape });
}
