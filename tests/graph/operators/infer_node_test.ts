import { assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { knownOperators } from "../../../src/graph/mod.ts";
import { build, floats, input, integers, node, scalar, shapeOf } from "../graph_builder.ts";
import type { DenseTensor } from "../../../src/tensor/mod.ts";
import type { Node, ValueInfo } from "../../../src/graph/mod.ts";

interface Case {
  readonly one: Node;
  readonly inputs: readonly ValueInfo[];
  readonly constants?: Readonly<Record<string, DenseTensor>>;
  readonly shape: readonly number[];
}

const X = [input("x", 1, 3, 32, 32)];
const CASES: readonly Case[] = [
  {
    one: node("Conv", ["x", "w"], "y", { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [2, 2] }),
    inputs: X,
    constants: { w: floats([16, 3, 3, 3]) },
    shape: [1, 16, 15, 15],
  },
  {
    one: node("Conv", ["x", "w"], "y", { strides: [2, 2], auto_pad: "SAME_UPPER" }),
    inputs: [input("x", 1, 3, 5, 5)],
    constants: { w: floats([2, 3, 3, 3]) },
    shape: [1, 2, 3, 3],
  },
  {
    one: node("Conv", ["x", "w", "b"], "y", { group: 3 }),
    inputs: [input("x", 2, 3, 9)],
    constants: { w: floats([6, 1, 4]), b: floats([6]) },
    shape: [2, 6, 6],
  },
  {
    one: node("Conv", ["x", "w"], "y"),
    inputs: [input("x", 1, 1, 4, 5, 6)],
    constants: { w: floats([2, 1, 2, 2, 2]) },
    shape: [1, 2, 3, 4, 5],
  },
  {
    one: node("ConvTranspose", ["x", "w"], "y", { strides: [3, 2], output_padding: [1, 1] }),
    inputs: [input("x", 1, 1, 3, 3)],
    constants: { w: floats([1, 2, 3, 3]) },
    shape: [1, 2, 10, 8],
  },
  {
    one: node("ConvTranspose", ["x", "w"], "y", { strides: [3, 2], output_shape: [10, 8] }),
    inputs: [input("x", 1, 1, 3, 3)],
    constants: { w: floats([1, 2, 3, 3]) },
    shape: [1, 2, 10, 8],
  },
  {
    one: node("ConvTranspose", ["x", "w"], "y", { strides: [2, 2], auto_pad: "SAME_UPPER" }),
    inputs: [input("x", 1, 4, 3, 3)],
    constants: { w: floats([4, 1, 3, 3]) },
    shape: [1, 1, 6, 6],
  },
  {
    one: node("MaxPool", ["x"], "y", { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
    inputs: [input("x", 1, 1, 4, 4)],
    shape: [1, 1, 2, 2],
  },
  {
    // The last window would start in the right padding: it is left out.
    one: node("MaxPool", ["x"], "y", {
      kernel_shape: [1, 1],
      strides: [2, 2],
      pads: [0, 0, 1, 1],
      ceil_mode: 1,
    }),
    inputs: [input("x", 1, 1, 2, 2)],
    shape: [1, 1, 1, 1],
  },
  {
    one: node("AveragePool", ["x"], "y", { kernel_shape: [2, 2] }),
    inputs: X,
    shape: [1, 3, 31, 31],
  },
  { one: node("GlobalAveragePool", ["x"], "y"), inputs: X, shape: [1, 3, 1, 1] },
  {
    one: node("Gemm", ["x", "w", "b"], "y", { transB: 1 }),
    inputs: [input("x", 2, 4)],
    constants: { w: floats([5, 4]), b: floats([5]) },
    shape: [2, 5],
  },
  {
    one: node("MatMul", ["x", "w"], "y"),
    inputs: [input("x", 7, 1, 2, 3)],
    constants: { w: floats([4, 3, 5]) },
    shape: [7, 4, 2, 5],
  },
  {
    one: node("MatMul", ["x", "w"], "y"),
    inputs: [input("x", 3)],
    constants: { w: floats([3]) },
    shape: [],
  },
  {
    one: node("Einsum", ["x", "z"], "y", { equation: "...ij,...jk->...ki" }),
    inputs: [input("x", 4, 2, 3), input("z", 4, 3, 5)],
    shape: [4, 5, 2],
  },
  {
    one: node("Reshape", ["x", "s"], "y"),
    inputs: X,
    constants: { s: integers(0, -1, 64) },
    shape: [1, 48, 64],
  },
  {
    one: node("Resize", ["x", "", "s"], "y"),
    inputs: X,
    constants: { s: floats([4], [1, 1, 0.6, 2]) },
    shape: [1, 3, 19, 64],
  },
  {
    // 2.8 is 2.79999995 in single precision, and 5 times that 14 again.
    one: node("Resize", ["x", "", "s"], "y"),
    inputs: [input("x", 1, 5)],
    constants: { s: floats([2], [1, 2.8]) },
    shape: [1, 14],
  },
  {
    one: node("Resize", ["x", "", "", "s"], "y", {
      axes: [2, 3],
      keep_aspect_ratio_policy: "not_larger",
    }),
    inputs: [input("x", 1, 1, 2, 4)],
    constants: { s: integers(7, 8) },
    shape: [1, 1, 4, 8],
  },
  {
    one: node("Slice", ["x", "a", "b", "c", "d"], "y"),
    inputs: [input("x", 20, 10)],
    constants: { a: integers(-2), b: integers(-100), c: integers(1), d: integers(-3) },
    shape: [20, 3],
  },
  {
    one: node("Pad", ["x", "p", "", "a"], "y"),
    inputs: X,
    constants: { p: integers(1, 2, 3, 4), a: integers(-1, 2) },
    shape: [1, 3, 38, 36],
  },
  {
    one: node("ReduceMean", ["x", "a"], "y", { keepdims: 0 }),
    inputs: X,
    constants: { a: integers(-1, 2) },
    shape: [1, 3],
  },
  { one: node("ArgMax", ["x"], "y", { axis: 1 }), inputs: X, shape: [1, 1, 32, 32] },
  {
    one: node("TopK", ["x", "k"], "y"),
    inputs: [input("x", 3, 9)],
    constants: { k: integers(5) },
    shape: [3, 5],
  },
  {
    one: node("Gather", ["x", "i"], "y", { axis: 1 }),
    inputs: [input("x", 3, 9, 2)],
    constants: { i: { ...integers(1, 2, 3, 4), shape: [2, 2] } },
    shape: [3, 2, 2, 2],
  },
  {
    one: node("GatherND", ["x", "i"], "y", { batch_dims: 1 }),
    inputs: [input("x", 2, 3, 4)],
    constants: { i: { ...integers(1, 2), shape: [2, 1] } },
    shape: [2, 4],
  },
  {
    one: node("OneHot", ["i", "d", "v"], "y", { axis: 0 }),
    inputs: [{ name: "i", dtype: "int64", shape: [4] }],
    constants: { d: integers(10), v: floats([2]) },
    shape: [10, 4],
  },
  {
    one: node("DepthToSpace", ["x"], "y", { blocksize: 2 }),
    inputs: [input("x", 1, 8, 2, 3)],
    shape: [1, 2, 4, 6],
  },
  {
    one: node("LSTM", ["x", "w", "r"], "y", { hidden_size: 5, direction: "bidirectional" }),
    inputs: [input("x", 7, 2, 3)],
    constants: { w: floats([2, 20, 3]), r: floats([2, 20, 5]) },
    shape: [7, 2, 2, 5],
  },
  {
    one: node("GridSample", ["x", "g"], "y"),
    inputs: [...X, input("g", 1, 6, 7, 2)],
    shape: [1, 3, 6, 7],
  },
  {
    one: node("Split", ["x"], ["y", "z"], { num_outputs: 2, axis: 1 }),
    inputs: X,
    shape: [1, 2, 32, 32],
  },
  {
    one: node("PRelu", ["x", "s"], "y"),
    inputs: X,
    constants: { s: floats([3, 1, 1]) },
    shape: [1, 3, 32, 32],
  },
];

Deno.test("inferNode() gives the shapes of the operator specification", async () => {
  for (const { one, inputs, constants, shape } of CASES) {
    assertEquals(await shapeOf(one, inputs, constants), shape, one.operator);
  }
});

Deno.test("inferNode() gives the types of results that are not those of the input", async () => {
  const x = input("x", 2, 3);
  const nodes = [
    node("ArgMin", ["x"], "a"),
    node("Greater", ["x", "x"], "b"),
    node("Cast", ["x"], "c", { to: 10 }),
    node("QuantizeLinear", ["x", "s", "z"], "d"),
    node("TopK", ["x", "k"], ["e", "f"]),
  ];
  const constants = {
    s: scalar(1),
    z: { dtype: "int8", shape: [], data: Int8Array.of(0) } as const,
    k: integers(1),
  };
  const outputNames = ["a", "b", "c", "d", "e", "f"];
  const model = await build({ inputs: [x], nodes, constants, outputNames });
  assertEquals(
    model.outputs.map(({ dtype }) => dtype),
    ["int64", "bool", "float16", "int8", "float32", "int64"],
  );
});

Deno.test("inferNode() spells out windows: defaults are there, automatic padding is not", async () => {
  const model = await build({
    inputs: [input("x", 1, 1, 5, 6)],
    constants: { w: floats([1, 1, 3, 3]) },
    nodes: [node("Conv", ["x", "w"], "y", { auto_pad: "SAME_LOWER", strides: [2, 2] })],
    outputNames: ["y"],
  });
  assertEquals(model.nodes[0]?.attributes, {
    kernel_shape: { type: "ints", value: [3, 3] },
    strides: { type: "ints", value: [2, 2] },
    dilations: { type: "ints", value: [1, 1] },
    pads: { type: "ints", value: [1, 1, 1, 0] },
    group: { type: "int", value: 1 },
  });
});

Deno.test("inferNode() turns the output shape of a ConvTranspose into pads", async () => {
  const model = await build({
    inputs: [input("x", 1, 1, 3, 3)],
    constants: { w: floats([1, 2, 3, 3]) },
    nodes: [node("ConvTranspose", ["x", "w"], "y", { strides: [3, 2], output_shape: [10, 8] })],
    outputNames: ["y"],
  });
  const { pads, output_padding, output_shape } = model.nodes[0]?.attributes ?? {};
  assertEquals(pads?.value, [0, 0, 0, 0]);
  assertEquals(output_padding?.value, [1, 1]);
  assertEquals(output_shape, undefined);
});

Deno.test("inferNode() takes more inputs than a call can have arguments", async () => {
  const sum = node("Sum", new Array(200_000).fill("x"), "y");
  assertEquals(await shapeOf(sum, X), [1, 3, 32, 32]);
});

interface Failure {
  readonly one: Node;
  readonly inputs?: readonly ValueInfo[];
  readonly constants?: Readonly<Record<string, DenseTensor>>;
  readonly message: string;
}

const FORMAT_ERRORS: readonly Failure[] = [
  {
    one: node("Conv", ["x", "w"], "y"),
    constants: { w: floats([8, 4, 3, 3]) },
    message: 'Cannot use node "node_y" (Conv): the number of channels of its input is 3, ' +
      "expected 4 for weight [8,4,3,3] in 1 groups",
  },
  {
    one: node("Conv", ["x", "w"], "y", { strides: [0, 1] }),
    constants: { w: floats([8, 3, 3, 3]) },
    message: 'Cannot use node "node_y" (Conv): attribute "strides" is [0,1], ' +
      "expected 2 integers of at least 1",
  },
  {
    one: node("Conv", ["x", "w"], "y", { auto_pad: "SAME" }),
    constants: { w: floats([8, 3, 3, 3]) },
    message: 'Cannot use node "node_y" (Conv): attribute "auto_pad" is "SAME", ' +
      "expected NOTSET, VALID, SAME_UPPER or SAME_LOWER",
  },
  {
    one: node("Transpose", ["x"], "y", { perm: new Array(100).fill(0) }),
    message: 'Cannot use node "node_y" (Transpose): attribute "perm" is ' +
      `[${"0,".repeat(64)}… 100 numbers], expected each of 4 axes once`,
  },
  {
    one: node("Conv", ["x"], "y"),
    message: 'Cannot use node "node_y" (Conv): the number of its inputs is 1, expected 2 to 3',
  },
  {
    one: node("Relu", ["x"], "y", { alhpa: 1 }),
    message: 'Cannot use node "node_y" (Relu): it has attribute "alhpa", expected no attributes',
  },
  {
    one: node("LeakyRelu", ["x"], "y", { alhpa: 0.5 }),
    message: 'Cannot use node "node_y" (LeakyRelu): it has attribute "alhpa", ' +
      'expected one of the operator\'s own, nearest is "alpha"',
  },
  {
    one: node("Softmax", ["x"], "y", { axis: "1" }),
    message: 'Cannot read attribute "axis" of node "node_y" (Softmax): ' +
      "it is of type string, expected int",
  },
  {
    one: node("Add", ["x", "w"], "y"),
    constants: { w: floats([5]) },
    message: 'Cannot use node "node_y" (Add): the shapes of its inputs are [1,3,32,32] and [5], ' +
      "expected shapes that broadcast together",
  },
  {
    one: node("Add", ["x", "w"], "y"),
    constants: { w: integers(1) },
    message: 'Cannot use node "node_y" (Add): the type of input 1 is int64, ' +
      "expected float32 as that of input 0",
  },
  {
    one: node("Softmax", ["x"], "y", { axis: 4 }),
    message: 'Cannot use node "node_y" (Softmax): axis is 4, expected an axis from -4 to 3',
  },
  {
    one: node("Reshape", ["x", "s"], "y"),
    constants: { s: integers(5, -1) },
    message: 'Cannot use node "node_y" (Reshape): the new shape is [5,-1], ' +
      "expected one for the 3072 elements of [1,3,32,32]",
  },
  {
    one: node("Transpose", ["x"], "y", { perm: [0, 1, 1, 2] }),
    message: 'Cannot use node "node_y" (Transpose): attribute "perm" is [0,1,1,2], ' +
      "expected each of 4 axes once",
  },
  {
    one: node("MaxPool", ["x"], "y", { kernel_shape: [33, 1] }),
    message: 'Cannot use node "node_y" (MaxPool): the padded input along spatial axis 0 is ' +
      "32 long, expected at least 33, the extent of the kernel",
  },
  {
    one: node("Gather", ["x", "i"], "y", { axis: 1 }),
    constants: { i: integers(0, 2, 3) },
    message: 'Cannot use node "node_y" (Gather): an index is 3, expected one from -3 to 2',
  },
  {
    one: node("GatherElements", ["x", "i"], "y", { axis: 0 }),
    constants: { i: { ...integers(-2), shape: [1, 1, 1, 1] } },
    message: 'Cannot use node "node_y" (GatherElements): an index is -2, expected one from -1 to 0',
  },
  {
    one: node("Tile", ["x", "r"], "y"),
    constants: { r: integers(2 ** 50, 1, 1, 1) },
    message: 'Cannot use node "node_y" (Tile): the shape of its output is ' +
      "[1125899906842624,3,32,32], expected at most 64 dimensions and 2^53 elements",
  },
];

Deno.test("inferNode() names node, operator, found and expected where something contradicts", async () => {
  for (const { one, inputs = X, constants = {}, message } of FORMAT_ERRORS) {
    const error = await assertRejects(() => shapeOf(one, inputs, constants), FormatError);
    assertEquals(error.message, message);
  }
});

Deno.test("inferNode() refuses shapes that depend on data and says what would work", async () => {
  const shape: ValueInfo = { name: "s", dtype: "int64", shape: [2] };
  const reshape = await assertRejects(
    () => shapeOf(node("Reshape", ["x", "s"], "y"), [...X, shape]),
    UnsupportedError,
  );
  assertEquals(
    reshape.message,
    'Cannot convert node "node_y" (Reshape): its output shape depends on input 1 ' +
      "(the new shape), which is not constant; cut the network in front of it or make it constant",
  );
  const boxes = [input("x", 1, 6, 4), input("s", 1, 1, 6)];
  const suppression = await assertRejects(
    () => shapeOf(node("NonMaxSuppression", ["x", "s"], "y"), boxes),
    UnsupportedError,
  );
  assertEquals(
    suppression.message,
    'Cannot convert node "node_y" (NonMaxSuppression): its output shape depends on the values of ' +
      "its inputs, which is not constant; cut the network in front of it or make it constant",
  );
});

Deno.test("inferNode() refuses training mode", async () => {
  const vector = floats([3]);
  const error = await assertRejects(
    () =>
      shapeOf(node("BatchNormalization", ["x", "v", "v", "v", "v"], "y", { training_mode: 1 }), X, {
        v: vector,
      }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot convert node "node_y" (BatchNormalization): it is in training mode; ' +
      "export the network for inference",
  );
});

Deno.test("schemaOf() offers the nearest name for an unknown operator", async () => {
  const error = await assertRejects(() => shapeOf(node("Covn", ["x"], "y"), X), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot convert node "node_y": operator "Covn" is not known; the nearest that works is "Conv"',
  );
  assertEquals([error.node, error.operator], ["node_y", "Covn"]);
});

Deno.test("knownOperators() is sorted and has no duplicates", () => {
  const names = knownOperators();
  assertEquals(names, [...new Set(names)].sort());
  assertEquals(names.includes("ConvTranspose"), true);
});
