import { UnsupportedError } from "../../../errors.ts";
import { intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { referenceDense, type TensorReference } from "../../../tensor/mod.ts";
import { attribute, inputOf, type NormalGraph, outputOf, shapeOf } from "./normal_graph.ts";
import { UniqueNames } from "./unique_names.ts";

/** Nodes as ONNX has them, and the constants that came to be on the way. */
export interface OnnxForm {
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Constants that steer operators (shapes, axes, bounds), by name. */
  readonly constants: ReadonlyMap<string, TensorReference>;
}

/**
 * Turns a graph in normal form and in the model's layout into ONNX nodes: steering attributes become
 * constant inputs, and Reshapes and pools take their narrowest ONNX names (Flatten,
 * GlobalAveragePool).
 */
export function toOnnxForm(graph: NormalGraph): OnnxForm {
  const form = new OnnxBuilder(graph);
  return { nodes: graph.nodes.map((node) => form.build(node)), constants: form.constants };
}

type BuildNode = (node: Node, builder: OnnxBuilder) => Node;

class OnnxBuilder {
  readonly constants = new Map<string, TensorReference>();
  readonly #graph: NormalGraph;
  readonly #names: UniqueNames;

  constructor(graph: NormalGraph) {
    this.#graph = graph;
    this.#names = new UniqueNames([...graph.values.keys(), ...graph.constants.keys()]);
  }

  build(node: Node): Node {
    return BUILD[node.operator]?.(node, this) ?? node;
  }

  shape(name: string): readonly number[] {
    return shapeOf(this.#graph, name);
  }

  integers(node: Node, name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#add(node, name, { dtype: "int64", shape: [values.length], data });
  }

  float(node: Node, name: string, value: number): string {
    const data = Float32Array.of(value);
    return this.#add(node, name, { dtype: "float32", shape: [], data });
  }

  floats(node: Node, name: string, values: Float32Array): string {
    return this.#add(node, name, { dtype: "float32", shape: [values.length], data: values });
  }

  #add(node: Node, name: string, dense: Parameters<typeof referenceDense>[1]): string {
    const unique = this.#names.take(`${node.name}.${name}`);
    this.constants.set(unique, referenceDense(unique, dense));
    return unique;
  }
}

const BUILD: Readonly<Record<string, BuildNode>> = {
  AveragePool: buildPool,
  BatchNormalization: buildBatchNorm,
  Clip: buildClip,
  Gemm: (node) => ({ ...node, attributes: { transB: attribute.int(1) } }),
  LayerNormalization: buildLayerNorm,
  LpNormalization: (node) => ({
    ...node,
    attributes: { ...node.attributes, p: attribute.int(2) },
  }),
  MaxPool: buildPool,
  Pad: buildPad,
  ReduceMax: buildReduce,
  ReduceMean: buildReduce,
  ReduceMin: buildReduce,
  ReduceSum: buildReduce,
  Reshape: buildReshape,
  Resize: (node, builder) => ({
    ...node,
    inputs: [
      inputOf(node, 0),
      "",
      "",
      builder.integers(node, "sizes", builder.shape(outputOf(node))),
    ],
  }),
  Slice: buildSlice,
  SpaceToDepth: (node) => ({ ...node, attributes: without(node, "mode") }),
  Split: (node, builder) => ({
    ...node,
    inputs: [inputOf(node, 0), builder.integers(node, "split", intsAttribute(node, "split") ?? [])],
    attributes: without(node, "split"),
  }),
  Tile: (node, builder) => ({
    ...node,
    inputs: [
      inputOf(node, 0),
      builder.integers(node, "repeats", intsAttribute(node, "repeats") ?? []),
    ],
    attributes: {},
  }),
  TopK: (node, builder) => ({
    ...node,
    inputs: [inputOf(node, 0), builder.integers(node, "k", [intAttribute(node, "k", 1)])],
    attributes: without(node, "k"),
  }),
};

function without(node: Node, ...names: readonly string[]): Node["attributes"] {
  return Object.fromEntries(
    Object.entries(node.attributes).filter(([name]) => !names.includes(name)),
  );
}

function buildPool(node: Node, builder: OnnxBuilder): Node {
  const [, , ...spatial] = builder.shape(inputOf(node, 0));
  const kernel = intsAttribute(node, "kernel_shape") ?? [];
  const pads = intsAttribute(node, "pads") ?? [];
  const isGlobal = kernel.every((size, i) => size === spatial[i]) && pads.every((pad) => pad === 0);
  if (isGlobal) return { ...node, operator: `Global${node.operator}`, attributes: {} };
  return node.operator === "MaxPool"
    ? { ...node, attributes: without(node, "count_include_pad") }
    : node;
}

function buildBatchNorm(node: Node, builder: OnnxBuilder): Node {
  const channels = builder.shape(inputOf(node, 1))[0] ?? 0;
  const mean = builder.floats(node, "mean", new Float32Array(channels));
  const variance = builder.floats(node, "variance", new Float32Array(channels).fill(1));
  return {
    ...node,
    inputs: [...node.inputs, mean, variance],
    attributes: { epsilon: attribute.float(0) },
  };
}

function buildClip(node: Node, builder: OnnxBuilder): Node {
  const bound = (name: "min" | "max") => {
    const value = node.attributes[name];
    return value?.type === "float" ? builder.float(node, name, value.value) : "";
  };
  const [min, max] = [bound("min"), bound("max")];
  const inputs = [inputOf(node, 0), min, max];
  while (inputs.at(-1) === "") inputs.pop();
  return { ...node, inputs, attributes: {} };
}

function buildLayerNorm(node: Node, builder: OnnxBuilder): Node {
  const axes = intsAttribute(node, "axes") ?? [];
  const rank = builder.shape(inputOf(node, 0)).length;
  const first = rank - axes.length;
  if (!axes.every((axis, i) => axis === first + i)) {
    throw new UnsupportedError(
      `Cannot convert node "${node.name}" (LayerNorm): it normalizes axes [${axes}] of ${rank}; ` +
        "the last axes would work",
      { node: node.name, operator: node.operator },
    );
  }
  return {
    ...node,
    attributes: { ...without(node, "axes"), axis: attribute.int(first) },
  };
}

function buildPad(node: Node, builder: OnnxBuilder): Node {
  const pads = builder.integers(node, "pads", intsAttribute(node, "pads") ?? []);
  const value = node.attributes.value;
  const isConstant = node.attributes.mode?.value === "constant";
  const inputs = isConstant && value?.type === "float" && value.value !== 0
    ? [inputOf(node, 0), pads, builder.float(node, "value", value.value)]
    : [inputOf(node, 0), pads];
  return { ...node, inputs, attributes: without(node, "pads", "value") };
}

function buildReduce(node: Node, builder: OnnxBuilder): Node {
  const axes = builder.integers(node, "axes", intsAttribute(node, "axes") ?? []);
  return { ...node, inputs: [inputOf(node, 0), axes], attributes: without(node, "axes") };
}

function buildReshape(node: Node, builder: OnnxBuilder): Node {
  const from = builder.shape(inputOf(node, 0));
  const to = builder.shape(outputOf(node));
  if (from.length === to.length && from.every((size, i) => size === to[i])) {
    return { ...node, operator: "Identity" };
  }
  if (to.length === 2 && from.length > 2 && from[0] === to[0]) {
    return { ...node, operator: "Flatten", attributes: { axis: attribute.int(1) } };
  }
  return { ...node, inputs: [inputOf(node, 0), builder.integers(node, "shape", to)] };
}

function buildSlice(node: Node, builder: OnnxBuilder): Node {
  const shape = builder.shape(inputOf(node, 0));
  const starts = intsAttribute(node, "starts") ?? [];
  const stops = intsAttribute(node, "ends") ?? [];
  const steps = intsAttribute(node, "steps") ?? [];
  const changed = shape.map((_, axis) => axis).filter((axis) =>
    starts[axis] !== 0 || stops[axis] !== shape[axis] || steps[axis] !== 1
  );
  const axes = changed.length === 0 ? [0] : changed;
  const pick = (name: string, list: readonly number[]) =>
    builder.integers(node, name, axes.map((axis) => list[axis] ?? 0));
  return {
    ...node,
    inputs: [
      inputOf(node, 0),
      pick("starts", starts),
      pick("ends", stops),
      builder.integers(node, "axes", axes),
      pick("steps", steps),
    ],
    attributes: {},
  };
}
