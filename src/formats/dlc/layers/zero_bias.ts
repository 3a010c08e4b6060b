import type { Encoding, TensorEncoding } from "../../../tensor/mod.ts";
import { referenceDense } from "../../../tensor/mod.ts";
import { type Constant, inputOf, shapeOf } from "../normal/normal_graph.ts";
import type { RelaidGraph } from "../normal/relayout.ts";
import { UniqueNames } from "../normal/unique_names.ts";

const WITH_BIAS = ["Conv", "ConvTranspose", "Gemm"];

/** The encoding of zeros under the minimum range of 0.01. */
const ZEROS: Encoding = {
  bitwidth: 8,
  min: 0,
  max: 0.01,
  scale: 0.01 / 255,
  offset: 0,
  symmetric: false,
};

/**
 * Gives every layer with weights a bias, as every such layer of real version 3 files has one. Zeros
 * of quantized weights are quantized.
 */
export function withZeroBiases(graph: RelaidGraph): RelaidGraph {
  const names = new UniqueNames([...graph.values.keys(), ...graph.constants.keys()]);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.map((node) => {
    if (!WITH_BIAS.includes(node.operator) || (node.inputs[2] ?? "") !== "") return node;
    const [data, weights] = [inputOf(node, 0), inputOf(node, 1)];
    const name = names.take(`${node.name}.bias`);
    const size = shapeOf(graph, node.outputs[0] ?? "").at(-1) ?? 0;
    const isQuantized = graph.constants.get(weights)?.encoding !== undefined;
    constants.set(name, zeros(name, size, isQuantized ? { encodings: [ZEROS] } : undefined));
    return { ...node, inputs: [data, weights, name] };
  });
  return { ...graph, nodes, constants };
}

function zeros(name: string, size: number, encoding: TensorEncoding | undefined): Constant {
  const dense = { dtype: "float32", shape: [size], data: new Float32Array(size) } as const;
  const data = referenceDense(name, dense);
  return encoding === undefined ? { name, data } : { name, data, encoding };
}
