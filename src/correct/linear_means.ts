import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  isPadded,
  type Model,
  type Node,
} from "../graph/mod.ts";
import { countElements, type ReadChunksOptions, readDense } from "../tensor/mod.ts";
import { weightedSums } from "./weighted_sums.ts";

/**
 * Whether the channel means of a layer's input tell those of its output: each position of the
 * output reads one position of the input, and all of them are read. So it is with convolutions 1x1
 * of stride 1 and with products of matrices, where the bias is constant.
 */
export function isLinearInMeans(model: Model, node: Node): boolean {
  const [input = "", weight = "", bias = ""] = node.inputs;
  const kernel = model.initializers.get(weight)?.shape;
  if (kernel === undefined || model.values.get(input)?.dtype !== "float32") return false;
  switch (node.operator) {
    case "Conv":
      return countElements(kernel.slice(2)) === 1 && !isPadded(node) &&
        (intsAttribute(node, "strides") ?? []).every((stride) => stride === 1) &&
        (bias === "" || model.initializers.has(bias));
    case "Gemm":
      return intAttribute(node, "transA", 0) === 0 && (bias === "" || isRow(model, bias));
    case "MatMul":
      return kernel.length === 2;
  }
  return false;
}

/**
 * The channel means of a layer's output, bias included, from those of its input; in double
 * precision.
 *
 * @param model The network.
 * @param node A node for which {@linkcode isLinearInMeans} holds.
 * @param options The means of the input's channels; how the weight is read.
 */
export async function outputMeans(
  model: Model,
  node: Node,
  options: ReadChunksOptions & { readonly means: Float64Array },
): Promise<Float64Array> {
  const [, weight = "", bias = ""] = node.inputs;
  const reference = model.initializers.get(weight);
  const sums = reference && await weightedSums(model, { node, weight: reference }, options);
  if (sums === undefined) throw new RangeError(`The means of "${node.name}" are not linear`);
  const added = model.initializers.get(bias);
  if (added === undefined) return sums;
  const { data } = await readDense(added, options);
  const factor = node.operator === "Gemm" ? floatAttribute(node, "beta", 1) : 1;
  return sums.map((sum, channel) =>
    sum + factor * Number(data[data.length === 1 ? 0 : channel] ?? 0)
  );
}

/** Whether the bias of a Gemm is the same in all rows. */
function isRow({ initializers }: Model, bias: string): boolean {
  const shape = initializers.get(bias)?.shape;
  return shape !== undefined && shape.slice(0, -1).every((length) => length === 1);
}
