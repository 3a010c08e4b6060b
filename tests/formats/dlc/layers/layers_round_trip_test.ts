import { assertEquals } from "@std/assert";
import {
  float,
  type GraphParts,
  input,
  integers,
  node,
  scalar,
} from "../../../graph/graph_builder.ts";
import { operatorsAfter, weights } from "../_round_trip.ts";

const IMAGE = input("x", 1, 4, 6, 8);

interface Case extends GraphParts {
  /** What is tried, in few words. */
  readonly what: string;
  /** Operators that come back. */
  readonly returns: readonly string[];
}

function convolution(
  what: string,
  shape: readonly number[],
  attributes: Parameters<typeof node>[3] = {},
): Case {
  return {
    what,
    inputs: [IMAGE],
    constants: { w: weights(...shape), b: weights(shape[0] ?? 1) },
    nodes: [node("Conv", ["x", "w", "b"], "y", attributes)],
    outputNames: ["y"],
    returns: ["Conv"],
  };
}

function one(
  operator: string,
  attributes: Parameters<typeof node>[3] = {},
  returns = [operator],
): Case {
  return {
    what: `${operator} ${JSON.stringify(attributes)}`,
    inputs: [IMAGE],
    nodes: [node(operator, ["x"], "y", attributes)],
    outputNames: ["y"],
    returns,
  };
}

const CASES: readonly Case[] = [
  convolution("a convolution", [5, 4, 3, 3]),
  convolution("even padding", [5, 4, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }),
  convolution("padding on the right", [5, 4, 3, 3], { pads: [0, 0, 1, 1], strides: [2, 2] }),
  convolution("a wide kernel", [5, 4, 1, 5], { pads: [0, 2, 0, 2], strides: [1, 3] }),
  convolution("a dilated kernel", [5, 4, 3, 3], { dilations: [2, 3], pads: [2, 3, 2, 3] }),
  convolution("two groups", [6, 2, 3, 3], { group: 2 }),
  convolution("depthwise", [4, 1, 3, 3], { group: 4, pads: [1, 1, 1, 1] }),
  {
    what: "a convolution without bias",
    inputs: [IMAGE],
    constants: { w: weights(5, 4, 3, 3) },
    nodes: [node("Conv", ["x", "w"], "y")],
    outputNames: ["y"],
    returns: ["Conv"],
  },
  {
    what: "a transposed convolution",
    inputs: [IMAGE],
    constants: { w: weights(4, 3, 3, 3), b: weights(3) },
    nodes: [
      node("ConvTranspose", ["x", "w", "b"], "y", {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        output_padding: [1, 1],
      }),
    ],
    outputNames: ["y"],
    returns: ["ConvTranspose"],
  },
  one("Relu"),
  one("Sigmoid"),
  one("Abs"),
  one("MaxPool", { kernel_shape: [2, 2], strides: [2, 2] }),
  one("MaxPool", { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  one("MaxPool", { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] }),
  one("AveragePool", { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  one("AveragePool", { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  one("GlobalAveragePool"),
  one("Softmax", { axis: 1 }),
  one("ArgMax", { axis: 1, keepdims: 0 }),
  one("Flatten"),
  one("Transpose", { perm: [0, 3, 1, 2] }),
  {
    what: "bounds",
    inputs: [IMAGE],
    constants: { min: scalar(-0.25), max: scalar(0.5) },
    nodes: [node("Clip", ["x", "min", "max"], "y")],
    outputNames: ["y"],
    returns: ["Clip"],
  },
  {
    what: "slopes of channels",
    inputs: [IMAGE],
    constants: { w: weights(4, 4, 1, 1), slope: weights(4, 1, 1) },
    nodes: [node("Conv", ["x", "w"], "c"), node("PRelu", ["c", "slope"], "y")],
    outputNames: ["y"],
    returns: ["Conv", "PRelu"],
  },
  {
    what: "one slope",
    inputs: [IMAGE],
    nodes: [node("LeakyRelu", ["x"], "y", { alpha: float(0.25) })],
    outputNames: ["y"],
    returns: ["PRelu"],
  },
  {
    what: "a batch norm",
    inputs: [IMAGE],
    constants: { g: weights(4), b: weights(4), m: weights(4), v: scalarVector(4) },
    nodes: [node("BatchNormalization", ["x", "g", "b", "m", "v"], "y")],
    outputNames: ["y"],
    returns: ["BatchNormalization"],
  },
  ...["Add", "Sub", "Mul"].map((operator): Case => ({
    what: `${operator} of two`,
    inputs: [IMAGE, input("x2", 1, 4, 6, 8)],
    nodes: [node(operator, ["x", "x2"], "y")],
    outputNames: ["y"],
    returns: [operator],
  })),
  {
    what: "a constant of channels behind a convolution",
    inputs: [IMAGE],
    constants: { w: weights(4, 4, 1, 1), c: weights(4, 1, 1) },
    nodes: [node("Conv", ["x", "w"], "k"), node("Mul", ["k", "c"], "y")],
    outputNames: ["y"],
    returns: ["Conv", "Mul"],
  },
  {
    what: "a mean over height and width",
    inputs: [IMAGE],
    constants: { w: weights(4, 4, 1, 1), axes: integers(2, 3) },
    nodes: [node("Conv", ["x", "w"], "k"), node("ReduceMean", ["k", "axes"], "y")],
    outputNames: ["y"],
    returns: ["Conv", "GlobalAveragePool"],
  },
  {
    what: "a resized image",
    inputs: [IMAGE],
    constants: { sizes: integers(1, 4, 12, 20) },
    nodes: [
      node("Resize", ["x", "", "", "sizes"], "y", {
        mode: "linear",
        coordinate_transformation_mode: "align_corners",
      }),
    ],
    outputNames: ["y"],
    returns: ["Resize"],
  },
  {
    what: "a split as crops",
    inputs: [IMAGE],
    constants: { w: weights(4, 4, 1, 1), parts: integers(1, 3) },
    nodes: [
      node("Conv", ["x", "w"], "k"),
      node("Split", ["k", "parts"], ["a", "b"], { axis: 1 }),
      node("Concat", ["b", "a"], "y", { axis: 1 }),
    ],
    outputNames: ["y"],
    returns: ["Conv", "Slice", "Slice", "Concat"],
  },
  {
    what: "a product with weights as a fully connected layer",
    inputs: [input("x", 3, 8)],
    constants: { w: weights(8, 5) },
    nodes: [node("MatMul", ["x", "w"], "y")],
    outputNames: ["y"],
    returns: ["Gemm"],
  },
  {
    what: "an output that is also read",
    inputs: [IMAGE],
    nodes: [node("Relu", ["x"], "a"), node("Sigmoid", ["a"], "y")],
    outputNames: ["a", "y"],
    returns: ["Relu", "Sigmoid", "Identity"],
  },
];

function scalarVector(length: number) {
  const data = Float32Array.from({ length }, (_, i) => i + 0.5);
  return { dtype: "float32", shape: [length], data } as const;
}

for (const { what, returns, ...parts } of CASES) {
  Deno.test(`modelToDlc() and dlcToModel() keep ${what} through version 3`, async () => {
    assertEquals(await operatorsAfter(parts, "3"), returns);
  });
}
