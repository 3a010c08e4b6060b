/** Short forms for the small graphs that the tests of this room are made of. @module */
import {
  type Attribute,
  buildModel,
  type BuildModelOptions,
  type GraphDescription,
  type Model,
  type Node,
  type ValueInfo,
} from "../../src/graph/mod.ts";
import {
  type DenseTensor,
  readDense,
  referenceDense,
  type TensorReference,
} from "../../src/tensor/mod.ts";

type Plain = number | string | readonly number[] | readonly string[] | Attribute;

function toAttribute(value: Plain): Attribute {
  if (typeof value === "string") return { type: "string", value };
  if (typeof value === "number") {
    return Number.isInteger(value) ? { type: "int", value } : { type: "float", value };
  }
  if ("type" in value) return value;
  if (value.every((item) => typeof item === "number")) return { type: "ints", value };
  return { type: "strings", value: value.map(String) };
}

/** `node("Conv", ["x", "w"], "y", { group: 2 })`; the node's name is that of its first output. */
export function node(
  operator: string,
  inputs: readonly string[],
  outputs: string | readonly string[],
  attributes: Readonly<Record<string, Plain>> = {},
): Node {
  const list = typeof outputs === "string" ? [outputs] : outputs;
  return {
    name: list[0] === undefined ? "" : `node_${list[0]}`,
    operator,
    inputs,
    outputs: list,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, toAttribute(value)]),
    ),
  };
}

/** A float attribute, also where the number is whole. */
export function float(value: number): Attribute {
  return { type: "float", value };
}

/** A float32 network input. */
export function input(name: string, ...shape: readonly number[]): ValueInfo {
  return { name, dtype: "float32", shape };
}

/** A float32 tensor; counts up from 1 where no elements are given. */
export function floats(shape: readonly number[], elements?: readonly number[]): DenseTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length: count }, (_, i) => elements?.[i] ?? i + 1);
  return { dtype: "float32", shape, data };
}

/** A vector of int64. */
export function integers(...elements: readonly number[]): DenseTensor {
  const data = BigInt64Array.from(elements, BigInt);
  return { dtype: "int64", shape: [elements.length], data };
}

/** A float32 scalar. */
export function scalar(value: number): DenseTensor {
  return { dtype: "float32", shape: [], data: Float32Array.of(value) };
}

/** What {@linkcode describe} fills in. */
export interface GraphParts extends Partial<Omit<GraphDescription, "initializers">> {
  /** Constants by name. */
  readonly constants?: Readonly<Record<string, DenseTensor>>;
  /** References that are not dense. */
  readonly references?: readonly TensorReference[];
}

/** A graph description with everything else empty. */
export function describe(parts: GraphParts): GraphDescription {
  const { constants = {}, references = [], ...rest } = parts;
  const initializers = new Map<string, TensorReference>();
  for (const [name, tensor] of Object.entries(constants)) {
    initializers.set(name, referenceDense(name, tensor));
  }
  for (const reference of references) initializers.set(reference.name, reference);
  return {
    name: "test",
    inputs: [],
    outputNames: [],
    nodes: [],
    metadata: {},
    dispose: () => Promise.resolve(),
    ...rest,
    initializers,
  };
}

/** Builds a model of {@linkcode GraphParts}. */
export function build(parts: GraphParts, options?: BuildModelOptions): Promise<Model> {
  return buildModel(describe(parts), options);
}

/** The shape that a node's only output gets. */
export async function shapeOf(
  one: Node,
  inputs: readonly ValueInfo[],
  constants: Readonly<Record<string, DenseTensor>> = {},
): Promise<readonly number[] | undefined> {
  const model = await build({
    inputs,
    constants,
    nodes: [one],
    outputNames: [one.outputs[0] ?? ""],
  });
  return model.outputs[0]?.shape;
}

/** The elements of an initializer of a model. */
export async function elementsOf(model: Model, name: string): Promise<number[]> {
  const reference = model.initializers.get(name);
  if (reference === undefined) throw new Error(`the model has no initializer "${name}"`);
  return Array.from((await readDense(reference)).data, Number);
}

/** `Operator(inputs)->outputs` of each node in order. */
export function listNodes(model: Pick<Model, "nodes">): readonly string[] {
  return model.nodes.map(({ operator, inputs, outputs }) => `${operator}(${inputs})->${outputs}`);
}
