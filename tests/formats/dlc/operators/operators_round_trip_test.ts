import { assertEquals } from "@std/assert";
import type { DenseTensor } from "../../../../src/tensor/mod.ts";
import type { ValueInfo } from "../../../../src/graph/mod.ts";
import {
  float,
  floats,
  type GraphParts,
  input,
  integers,
  node,
  scalar,
} from "../../../graph/graph_builder.ts";
import { operatorsAfter, weights } from "../_round_trip.ts";

const IMAGE = input("x", 1, 4, 6, 8);
const MATRIX = input("x", 3, 8);
const SEQUENCE = input("x", 2, 5, 6);

interface Case {
  /** What is tried, in few words. */
  readonly what: string;
  /** Network inputs. */
  readonly inputs: readonly ValueInfo[];
  /** Operator of the node that makes `y`. */
  readonly operator: string;
  /** Inputs after the network inputs, all constants. */
  readonly constants?: readonly DenseTensor[];
  /** Attributes. */
  readonly attributes?: Parameters<typeof node>[3];
  /** Outputs; `y` alone by default. */
  readonly outputs?: readonly string[];
  /** What comes back instead of the operator. */
  readonly returns?: readonly string[];
}

const CASES: readonly Case[] = [
  ...["Relu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Gelu", "Abs", "Ceil", "Cos", "Exp"].map(
    (operator) => ({ what: operator, inputs: [IMAGE], operator }),
  ),
  ...["Floor", "Neg", "Reciprocal", "Round", "Sign", "Sin", "Atan", "Asin"].map(
    (operator) => ({ what: operator, inputs: [IMAGE], operator }),
  ),
  ...["Add", "Sub", "Mul", "Div", "Max", "Min"].map(
    (operator) => ({
      what: `${operator} of two`,
      inputs: [IMAGE, input("x2", 1, 4, 1, 1)],
      operator,
    }),
  ),
  ...["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"].map(
    (operator) => ({ what: operator, inputs: [MATRIX, input("x2", 1, 8)], operator }),
  ),
  ...["And", "Or", "Xor"].map(
    (operator) => ({ what: operator, inputs: [flags("x"), flags("x2")], operator }),
  ),
  { what: "Not", inputs: [flags("x")], operator: "Not" },
  {
    what: "Where",
    inputs: [flags("x"), input("x2", 3, 8)],
    operator: "Where",
    constants: [weights(8)],
  },
  {
    what: "Mod",
    inputs: [MATRIX],
    operator: "Mod",
    constants: [scalar(0.375)],
    attributes: { fmod: 1 },
  },
  { what: "Cast to integers", inputs: [MATRIX], operator: "Cast", attributes: { to: 7 } },
  {
    what: "Gather by computed indices",
    inputs: [MATRIX, { name: "x2", dtype: "int64", shape: [2, 2] }],
    operator: "Gather",
  },
  { what: "Elu", inputs: [IMAGE], operator: "Elu", attributes: { alpha: float(0.5) } },
  {
    what: "HardSigmoid",
    inputs: [IMAGE],
    operator: "HardSigmoid",
    attributes: { alpha: float(0.25), beta: float(0.375) },
  },
  { what: "Clip", inputs: [IMAGE], operator: "Clip", constants: [scalar(-0.25), scalar(0.5)] },
  { what: "Clip from below", inputs: [IMAGE], operator: "Clip", constants: [scalar(0.125)] },
  { what: "LeakyRelu", inputs: [IMAGE], operator: "LeakyRelu", returns: ["PRelu"] },
  { what: "PRelu", inputs: [IMAGE], operator: "PRelu", constants: [weights(4, 1, 1)] },
  { what: "Pow", inputs: [IMAGE], operator: "Pow", constants: [floats([1], [2])] },
  { what: "a vector added", inputs: [MATRIX], operator: "Add", constants: [weights(8)] },
  {
    what: "Sum of three",
    inputs: [MATRIX, input("x2", 3, 8), input("x3", 1, 8)],
    operator: "Sum",
    returns: ["Add", "Add"],
  },
  {
    what: "convolution with uneven padding",
    inputs: [IMAGE],
    operator: "Conv",
    constants: [weights(5, 4, 3, 2), weights(5)],
    attributes: { pads: [1, 0, 2, 1], strides: [2, 1] },
  },
  {
    what: "dilated convolution in groups",
    inputs: [IMAGE],
    operator: "Conv",
    constants: [weights(6, 2, 3, 3)],
    attributes: { group: 2, dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    what: "depthwise convolution with two outputs a channel",
    inputs: [IMAGE],
    operator: "Conv",
    constants: [weights(8, 1, 3, 3), weights(8)],
    attributes: { group: 4 },
  },
  {
    what: "convolution of a line",
    inputs: [input("x", 1, 4, 9)],
    operator: "Conv",
    constants: [weights(5, 4, 3), weights(5)],
    attributes: { pads: [1, 1] },
    returns: ["Reshape", "Conv", "Reshape"],
  },
  {
    what: "transposed convolution",
    inputs: [IMAGE],
    operator: "ConvTranspose",
    constants: [weights(4, 3, 3, 3), weights(3)],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
  },
  {
    what: "MaxPool rounded up",
    inputs: [input("x", 1, 4, 7, 8)],
    operator: "MaxPool",
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  {
    what: "AveragePool that counts padding",
    inputs: [IMAGE],
    operator: "AveragePool",
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  { what: "GlobalAveragePool", inputs: [IMAGE], operator: "GlobalAveragePool" },
  { what: "GlobalMaxPool", inputs: [IMAGE], operator: "GlobalMaxPool" },
  {
    what: "BatchNormalization of an image",
    inputs: [IMAGE],
    operator: "BatchNormalization",
    constants: [weights(4), weights(4), weights(4), floats([4])],
  },
  {
    what: "BatchNormalization of a sequence",
    inputs: [SEQUENCE],
    operator: "BatchNormalization",
    constants: [weights(5), weights(5), weights(5), floats([5])],
    returns: ["Mul", "Add"],
  },
  {
    what: "InstanceNormalization",
    inputs: [IMAGE],
    operator: "InstanceNormalization",
    constants: [weights(4), weights(4)],
    attributes: { epsilon: float(0.5) },
  },
  {
    what: "LayerNormalization",
    inputs: [SEQUENCE],
    operator: "LayerNormalization",
    constants: [weights(6), weights(6)],
  },
  {
    what: "LRN",
    inputs: [IMAGE],
    operator: "LRN",
    attributes: { size: 3, alpha: float(0.75), beta: float(0.5), bias: float(2) },
  },
  {
    what: "LpNormalization",
    inputs: [SEQUENCE],
    operator: "LpNormalization",
    attributes: { axis: 1 },
  },
  { what: "Softmax", inputs: [SEQUENCE], operator: "Softmax", attributes: { axis: 1 } },
  { what: "LogSoftmax", inputs: [SEQUENCE], operator: "LogSoftmax" },
  { what: "ArgMax", inputs: [SEQUENCE], operator: "ArgMax", attributes: { axis: 2, keepdims: 0 } },
  { what: "ArgMin", inputs: [SEQUENCE], operator: "ArgMin", attributes: { axis: 1 } },
  {
    what: "ReduceMean",
    inputs: [IMAGE],
    operator: "ReduceMean",
    constants: [integers(2, 3)],
    attributes: { keepdims: 0 },
  },
  { what: "ReduceMax", inputs: [SEQUENCE], operator: "ReduceMax", constants: [integers(-1)] },
  { what: "ReduceSum of all", inputs: [MATRIX], operator: "ReduceSum" },
  {
    what: "TopK",
    inputs: [MATRIX],
    operator: "TopK",
    constants: [integers(3)],
    outputs: ["y", "indices"],
  },
  {
    what: "TopK along the first axis",
    inputs: [MATRIX],
    operator: "TopK",
    constants: [integers(2)],
    attributes: { axis: 0 },
    outputs: ["y", "indices"],
    returns: ["Transpose", "TopK", "Transpose", "Transpose"],
  },
  {
    what: "Gather",
    inputs: [IMAGE],
    operator: "Gather",
    constants: [integers(2, 0)],
    attributes: { axis: 1 },
  },
  {
    what: "Gather of one",
    inputs: [SEQUENCE],
    operator: "Gather",
    constants: [{ dtype: "int64", shape: [], data: BigInt64Array.of(3n) }],
    attributes: { axis: 1 },
    returns: ["Gather", "Flatten"],
  },
  {
    what: "Gather of one from the end",
    inputs: [SEQUENCE],
    operator: "Gather",
    constants: [{ dtype: "int64", shape: [], data: BigInt64Array.of(-1n) }],
    attributes: { axis: 1 },
    returns: ["Gather", "Flatten"],
  },
  {
    what: "GatherElements",
    inputs: [MATRIX],
    operator: "GatherElements",
    constants: [{ ...integers(2, 0, 1, 7), shape: [2, 2] }],
    attributes: { axis: 1 },
  },
  {
    what: "GatherElements of an image along its channels",
    inputs: [IMAGE],
    operator: "GatherElements",
    constants: [{ ...integers(2, 0, 1, 3), shape: [1, 2, 2, 1] }],
    attributes: { axis: 1 },
  },
  {
    what: "Resize of an image with channels last",
    inputs: [input("x", 1, 6, 8, 4)],
    operator: "Resize",
    constants: [floats([0]), floats([0]), integers(1, 9, 5, 4)],
    attributes: { mode: "linear" },
    returns: ["Transpose", "Resize", "Transpose"],
  },
  {
    what: "Slice",
    inputs: [IMAGE],
    operator: "Slice",
    constants: [integers(1, -7), integers(9, 7), integers(1, 3), integers(1, 2)],
  },
  {
    what: "Slice backward",
    inputs: [IMAGE],
    operator: "Slice",
    constants: [integers(-1, 1), integers(-99, 3), integers(1, 2), integers(-1, 1)],
    returns: ["Slice", "Gather"],
  },
  {
    what: "Split",
    inputs: [IMAGE],
    operator: "Split",
    constants: [integers(1, 3)],
    attributes: { axis: 1 },
    outputs: ["y", "y2"],
  },
  {
    what: "Pad with a number",
    inputs: [IMAGE],
    operator: "Pad",
    constants: [integers(0, 1, 2, 0, 0, 0, 1, 3), scalar(1.5)],
  },
  {
    what: "Pad by reflection",
    inputs: [IMAGE],
    operator: "Pad",
    constants: [integers(0, 0, 1, 2, 0, 0, 2, 1)],
    attributes: { mode: "reflect" },
  },
  { what: "Tile", inputs: [SEQUENCE], operator: "Tile", constants: [integers(1, 2, 3)] },
  {
    what: "Expand",
    inputs: [input("x", 5, 1)],
    operator: "Expand",
    constants: [integers(2, 5, 3)],
    returns: ["Reshape", "Tile"],
  },
  { what: "Reshape", inputs: [SEQUENCE], operator: "Reshape", constants: [integers(3, -1)] },
  { what: "Transpose", inputs: [SEQUENCE], operator: "Transpose", attributes: { perm: [2, 0, 1] } },
  { what: "Flatten", inputs: [IMAGE], operator: "Flatten" },
  {
    what: "DepthToSpace",
    inputs: [IMAGE],
    operator: "DepthToSpace",
    attributes: { blocksize: 2, mode: "CRD" },
  },
  { what: "SpaceToDepth", inputs: [IMAGE], operator: "SpaceToDepth", attributes: { blocksize: 2 } },
  { what: "MatMul", inputs: [SEQUENCE, input("x2", 2, 6, 4)], operator: "MatMul" },
  {
    what: "MatMul with weights",
    inputs: [SEQUENCE],
    operator: "MatMul",
    constants: [weights(6, 4)],
  },
  {
    what: "Gemm with weights as they are",
    inputs: [MATRIX],
    operator: "Gemm",
    constants: [weights(8, 5), weights(5)],
    attributes: { alpha: float(0.5), beta: float(2) },
  },
  {
    what: "Gemm with transposed input",
    inputs: [MATRIX],
    operator: "Gemm",
    constants: [weights(5, 3), weights(8, 5)],
    attributes: { transA: 1, transB: 1 },
    returns: ["Transpose", "Gemm", "Add"],
  },
  {
    what: "Gemm of two inputs",
    inputs: [MATRIX, input("x2", 4, 8), input("x3", 3, 4)],
    operator: "Gemm",
    attributes: { transB: 1, alpha: float(0.5), beta: float(3) },
    returns: ["Transpose", "Mul", "MatMul", "Mul", "Add"],
  },
  ...resizes(),
];

/** A network input of truth values. */
function flags(name: string): ValueInfo {
  return { name, dtype: "bool", shape: [3, 8] };
}

/** Every way to resize that has an operator, for up and down and whole and broken ratios. */
function resizes(): readonly Case[] {
  const sizes = [[12, 16], [9, 5], [3, 4]];
  const ways = [
    ["linear", "half_pixel", ""],
    ["linear", "align_corners", ""],
    ["linear", "asymmetric", ""],
    ["cubic", "half_pixel", ""],
    ["nearest", "asymmetric", "floor"],
    ["nearest", "half_pixel", "round_prefer_floor"],
    ["nearest", "half_pixel", "ceil"],
    ["nearest", "pytorch_half_pixel", "round_prefer_ceil"],
    ["nearest", "align_corners", "round_prefer_floor"],
  ];
  return sizes.flatMap(([height = 1, width = 1]) =>
    ways.map(([mode = "", transform = "", nearest = ""]) => ({
      what: `Resize ${mode} ${transform} ${nearest} to ${height}x${width}`,
      inputs: [IMAGE],
      operator: "Resize",
      constants: [floats([0]), floats([0]), integers(1, 4, height, width)],
      attributes: {
        mode,
        coordinate_transformation_mode: transform,
        ...(nearest === "" ? {} : { nearest_mode: nearest }),
      },
    }))
  );
}

function partsOf(one: Case): GraphParts {
  const constants = Object.entries(one.constants ?? []).map(([i, data]) =>
    [`c${i}`, data] as const
  );
  const outputs = one.outputs ?? ["y"];
  const inputs = [...one.inputs.map(({ name }) => name), ...constants.map(([name]) => name)];
  return {
    inputs: one.inputs,
    constants: Object.fromEntries(constants),
    nodes: [node(one.operator, inputs, outputs, one.attributes)],
    outputNames: outputs,
  };
}

for (const one of CASES) {
  Deno.test(`modelToDlc() and dlcToModel() keep ${one.what} through version 4`, async () => {
    const operators = await operatorsAfter(partsOf(one), "4");
    assertEquals(operators, one.returns ?? [one.operator]);
  });
}
