import type { TensorReference } from "../../tensor/mod.ts";
import {
  type Model,
  type ModelEncodings,
  NO_ENCODINGS,
  type Node,
  type ValueInfo,
} from "../model.ts";
import { ProblemCollector } from "../../problem_collector.ts";
import { schemaOf } from "../operators/registry.ts";
import { checkNames, nameNodes } from "./check_names.ts";
import type { BuildModelOptions, GraphDescription } from "./graph_description.ts";
import { liftQuantizeNodes } from "./lift_quantize_nodes.ts";
import { removeDeadNodes } from "./remove_dead_nodes.ts";
import { type ResolvedGraph, resolveGraph } from "./resolve_graph.ts";
import { sortTopologically } from "./sort_topologically.ts";

/** A network output that came out constant is passed on by a node, as it is no value else. */
function passConstants(
  { nodes, initializers, types }: ResolvedGraph,
  outputNames: readonly string[],
): Pick<ResolvedGraph, "nodes" | "initializers"> {
  const constants = new Map(initializers);
  const passed = new Map<string, string>();
  for (const output of outputNames) {
    const constant = constants.get(output);
    if (constant === undefined) continue;
    let name = `${output}/constant`;
    while (types.has(name)) name += "_";
    constants.delete(output);
    constants.set(name, { ...constant, name });
    passed.set(output, name);
  }
  if (passed.size === 0) return { nodes, initializers };
  const readers = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => passed.get(input) ?? input),
  }));
  const passing = Array.from(passed, ([output, name]): Node => (
    { name, operator: "Identity", inputs: [name], outputs: [output], attributes: {} }
  ));
  return { nodes: nameNodes([...readers, ...passing]), initializers: constants };
}

function completeModel(
  graph: GraphDescription,
  { resolved, overrides }: {
    readonly resolved: ResolvedGraph;
    readonly overrides: ModelEncodings;
  },
): Model {
  const { types } = resolved;
  const passed = passConstants(resolved, graph.outputNames);
  const nodes = removeDeadNodes(passed.nodes, graph.outputNames);
  const values = new Map<string, ValueInfo>(graph.inputs.map((input) => [input.name, input]));
  const initializers = new Map<string, TensorReference>();
  for (const node of nodes) {
    for (const name of node.inputs) {
      const reference = passed.initializers.get(name);
      if (reference !== undefined) initializers.set(name, reference);
    }
    for (const name of node.outputs) {
      const type = types.get(name);
      if (type === undefined) continue;
      values.set(name, { name, dtype: type.dtype, shape: type.shape });
    }
  }
  return {
    name: graph.name,
    inputs: graph.inputs,
    outputs: graph.outputNames.flatMap((name) => values.get(name) ?? []),
    nodes,
    initializers,
    values,
    encodings: graph.encodings ?? NO_ENCODINGS,
    overrides,
    batchNorms: new Map(),
    metadata: graph.metadata,
    [Symbol.asyncDispose]: graph.dispose,
  };
}

/** Operators that nobody knows are all told about at once. */
function checkOperators(nodes: readonly Node[], name: string): void {
  const problems = new ProblemCollector();
  for (const node of nodes) problems.attemptNow(() => schemaOf(node));
  problems.throwIfAny(`convert graph "${name}"`);
}

/**
 * Builds the model of a graph that a format has read: checks names, sorts topologically, folds
 * constants, lifts quantize nodes into overrides, and infers every static shape.
 *
 * Attributes of convolutions and pools come out with their defaults spelled out and without
 * `auto_pad`. Settings (shapes, axes, bounds) are held in memory; weights stay where they are.
 *
 * @throws {FormatError} If names or shapes contradict each other or nodes form a cycle.
 * @throws {UnsupportedError} If an operator is not known or an output's shape depends on data.
 */
export async function buildModel(
  graph: GraphDescription,
  options: BuildModelOptions = {},
): Promise<Model> {
  checkNames(graph);
  const { inputs, outputNames } = graph;
  const sorted = removeDeadNodes(sortTopologically(nameNodes(graph.nodes)), outputNames);
  checkOperators(sorted, graph.name);
  let overrides = graph.overrides ?? NO_ENCODINGS;
  let resolved = await resolveGraph({
    inputs,
    nodes: sorted,
    initializers: graph.initializers,
    parameterOverrides: overrides.parameters,
  }, options);
  overrides = { ...overrides, parameters: resolved.parameterOverrides };
  if (resolved.nodes.some((node) => node.operator === "DequantizeLinear")) {
    const lifted = liftQuantizeNodes({ ...resolved, outputNames, overrides });
    resolved = await resolveGraph({
      inputs,
      nodes: removeDeadNodes(lifted.nodes, outputNames),
      initializers: lifted.initializers,
      parameterOverrides: lifted.overrides.parameters,
    }, { ...options, foldQuantization: true });
    overrides = { ...lifted.overrides, parameters: resolved.parameterOverrides };
  }
  return completeModel(graph, { resolved, overrides });
}
