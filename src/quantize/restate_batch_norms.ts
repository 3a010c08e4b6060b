import { floatAttribute, type Model, type Node } from "../graph/mod.ts";
import { readDense, referenceDense, type TensorReference } from "../tensor/mod.ts";

/**
 * Restates every batch normalization that was not folded as `y = weight * x + bias`: mean 0,
 * variance 1, epsilon 0. That is how DLC stores the layer, and the only form that survives 8 bits:
 * a variance quantized by itself would be divided by.
 *
 * @param model The network.
 * @param options The abort signal.
 * @returns The same object if there is nothing to restate.
 */
export async function restateBatchNorms(
  model: Model,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Model> {
  const initializers = new Map(model.initializers);
  const nodes: Node[] = [];
  let changed = false;
  for (const node of model.nodes) {
    const [input = "", ...names] = node.inputs;
    const references = names.map((name) => model.initializers.get(name));
    if (
      node.operator !== "BatchNormalization" || !references.every((r) => r !== undefined) ||
      references.length !== 4 || initializers.has(`${node.name}.weight`)
    ) {
      nodes.push(node);
      continue;
    }
    const [gamma, beta, mean, variance] = await Promise.all(
      references.map((reference) => readNumbers(reference, options)),
    );
    const epsilon = floatAttribute(node, "epsilon", 1e-5);
    const weight = Float32Array.from(
      gamma ?? [],
      (value, i) => value / Math.sqrt((variance?.[i] ?? NaN) + epsilon),
    );
    const bias = Float32Array.from(
      beta ?? [],
      (value, i) =>
        value -
        (mean?.[i] ?? NaN) * (gamma?.[i] ?? NaN) / Math.sqrt((variance?.[i] ?? NaN) + epsilon),
    );
    const add = (part: string, data: Float32Array) => {
      const name = `${node.name}.${part}`;
      initializers.set(
        name,
        referenceDense(name, { dtype: "float32", shape: [data.length], data }),
      );
      return name;
    };
    nodes.push({
      ...node,
      inputs: [
        input,
        add("weight", weight),
        add("bias", bias),
        add("mean", new Float32Array(weight.length)),
        add("variance", new Float32Array(weight.length).fill(1)),
      ],
      attributes: { ...node.attributes, epsilon: { type: "float", value: 0 } },
    });
    changed = true;
  }
  if (!changed) return model;
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  for (const name of model.initializers.keys()) if (!read.has(name)) initializers.delete(name);
  return { ...model, nodes, initializers };
}

async function readNumbers(
  reference: TensorReference,
  options: { readonly signal?: AbortSignal },
): Promise<readonly number[]> {
  const { data } = await readDense(reference, options);
  return Array.from(data, Number);
}
