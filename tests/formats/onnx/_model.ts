import { type Model, NO_ENCODINGS, type Node, type ValueInfo } from "../../../src/graph/mod.ts";
import type { TensorReference } from "../../../src/tensor/mod.ts";

/** What a test says about a model; the rest follows. */
export interface ModelParts {
  readonly nodes: readonly Node[];
  /** Shapes of all values that are no constants. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly initializers?: ReadonlyMap<string, TensorReference>;
  readonly encodings?: Model["encodings"];
}

/** A float32 model as `buildModel` would make it. */
export function modelOf(parts: ModelParts): Model {
  const { nodes, shapes, inputs = ["x"], outputs = ["y"] } = parts;
  const info = (name: string): ValueInfo => ({
    name,
    dtype: "float32",
    shape: shapes[name] ?? [],
  });
  return {
    name: "test",
    inputs: inputs.map(info),
    outputs: outputs.map(info),
    nodes,
    initializers: parts.initializers ?? new Map(),
    values: new Map(Object.keys(shapes).map((name) => [name, info(name)])),
    encodings: parts.encodings ?? NO_ENCODINGS,
    overrides: NO_ENCODINGS,
    batchNorms: new Map(),
    metadata: {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A node without attributes, named after its first output. */
export function nodeOf(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Node["attributes"] = {},
): Node {
  return { name: outputs[0] ?? "", operator, inputs, outputs, attributes };
}
