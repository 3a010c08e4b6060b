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
    const statistics = await readStatistics(model, node, options);
    if (statistics === undefined || isRestated(statistics)) {
      nodes.push(node);
      continue;
    }
    const { gamma, beta, mean, variance, epsilon } = statistics;
    const factors = gamma.map((value, i) => value / Math.sqrt((variance[i] ?? NaN) + epsilon));
    const add = (part: string, values: readonly number[]): string => {
      let name = `${node.name}.${part}`;
      while (initializers.has(name) || model.values.has(name)) name += "_";
      const data = Float32Array.from(values);
      initializers.set(
        name,
        referenceDense(name, { dtype: "float32", shape: [data.length], data }),
      );
      return name;
    };
    nodes.push({
      ...node,
      inputs: [
        node.inputs[0] ?? "",
        add("weight", factors),
        add("bias", beta.map((value, i) => value - (mean[i] ?? NaN) * (factors[i] ?? NaN))),
        add("mean", factors.map(() => 0)),
        add("variance", factors.map(() => 1)),
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

/** The constants of a batch normalization, a number for each channel. */
interface Statistics {
  readonly gamma: readonly number[];
  readonly beta: readonly number[];
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly epsilon: number;
}

function isRestated({ mean, variance, epsilon }: Statistics): boolean {
  return epsilon === 0 && mean.every((value) => value === 0) &&
    variance.every((value) => value === 1);
}

/** Reads the constants of a node; `undefined` if it is no batch norm or they are computed. */
async function readStatistics(
  { initializers }: Model,
  node: Node,
  options: { readonly signal?: AbortSignal },
): Promise<Statistics | undefined> {
  if (node.operator !== "BatchNormalization") return undefined;
  const references = node.inputs.slice(1, 5).map((name) => initializers.get(name));
  const read = async (reference: TensorReference): Promise<readonly number[]> =>
    Array.from((await readDense(reference, options)).data, Number);
  const [gamma, beta, mean, variance] = references;
  if (
    gamma === undefined || beta === undefined || mean === undefined || variance === undefined
  ) return undefined;
  return {
    gamma: await read(gamma),
    beta: await read(beta),
    mean: await read(mean),
    variance: await read(variance),
    epsilon: floatAttribute(node, "epsilon", 1e-5),
  };
}
