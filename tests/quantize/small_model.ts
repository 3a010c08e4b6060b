import type { Attribute, Model, Node, ValueInfo } from "../../src/graph/mod.ts";
import { NO_ENCODINGS } from "../../src/graph/mod.ts";
import { type DenseTensor, referenceDense } from "../../src/tensor/mod.ts";

/** A float32 tensor of numbers. */
export function floats(shape: readonly number[], values: readonly number[]): DenseTensor {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

/** A node; its name is that of its first output unless another is given. */
export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return { name: `${outputs[0]}/node`, operator, inputs, outputs, attributes };
}

/** What {@linkcode smallModel} is made of. */
export interface SmallModel {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly constants?: Readonly<Record<string, DenseTensor>>;
  /** Shapes of node outputs; a shape with another type comes as a `ValueInfo`. */
  readonly values: Readonly<Record<string, readonly number[] | Omit<ValueInfo, "name">>>;
}

/** A model in memory whose shapes are given, not inferred. */
export function smallModel(parts: SmallModel): Model {
  const values = new Map<string, ValueInfo>();
  for (const [name, shape] of Object.entries(parts.inputs)) {
    values.set(name, { name, dtype: "float32", shape });
  }
  for (const [name, value] of Object.entries(parts.values)) {
    values.set(
      name,
      "dtype" in value ? { name, ...value } : { name, dtype: "float32", shape: value },
    );
  }
  return {
    name: "small",
    inputs: Object.keys(parts.inputs).flatMap((name) => values.get(name) ?? []),
    outputs: parts.outputs.flatMap((name) => values.get(name) ?? []),
    nodes: parts.nodes,
    initializers: new Map(
      Object.entries(parts.constants ?? {}).map(([name, dense]) => [
        name,
        referenceDense(name, dense),
      ]),
    ),
    values,
    encodings: NO_ENCODINGS,
    overrides: NO_ENCODINGS,
    batchNorms: new Map(),
    metadata: {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Input [1,2,2,2], convolution 1x1 with bias, Relu, MaxPool, Flatten, Gemm. */
export function convolutionModel(): Model {
  return smallModel({
    inputs: { x: [1, 2, 2, 2] },
    outputs: ["y"],
    nodes: [
      node("Conv", ["x", "w", "b"], ["conv"]),
      node("Relu", ["conv"], ["relu"]),
      node("MaxPool", ["relu"], ["pool"], { kernel_shape: { type: "ints", value: [2, 2] } }),
      node("Flatten", ["pool"], ["flat"]),
      node("Gemm", ["flat", "v"], ["y"]),
    ],
    constants: {
      w: floats([2, 2, 1, 1], [1, -0.5, 0.25, 2]),
      b: floats([2], [0.1, -0.2]),
      v: floats([2, 3], [0.5, 0, -0.5, 1, -1, 0.125]),
    },
    values: {
      conv: [1, 2, 2, 2],
      relu: [1, 2, 2, 2],
      pool: [1, 2, 1, 1],
      flat: [1, 2],
      y: [1, 3],
    },
  });
}
