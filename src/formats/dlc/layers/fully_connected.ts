import { permuteConstant } from "../normal/constant.ts";
import { inputOf, shapeOf } from "../normal/normal_graph.ts";
import type { RelaidGraph } from "../normal/relayout.ts";
import { UniqueNames } from "../normal/unique_names.ts";

/** Takes products of a matrix and a constant matrix as fully connected layers without bias. */
export function withFullyConnected(graph: RelaidGraph): RelaidGraph {
  const names = new UniqueNames([...graph.values.keys(), ...graph.constants.keys()]);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.map((node) => {
    if (node.operator !== "MatMul") return node;
    const [input, weights] = [inputOf(node, 0), inputOf(node, 1)];
    const constant = graph.constants.get(weights);
    const isMatrix = shapeOf(graph, input).length === 2 && graph.values.has(input) &&
      constant?.data.shape.length === 2;
    if (constant === undefined || !isMatrix) return node;
    const name = names.take(`${weights}.rows`);
    constants.set(name, { ...permuteConstant(constant, [1, 0]), name });
    return { ...node, operator: "Gemm", inputs: [input, name], attributes: {} };
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...graph,
    nodes,
    constants: new Map([...constants].filter(([name]) => used.has(name))),
  };
}
