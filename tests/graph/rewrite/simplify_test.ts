import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import { fusedActivations, selectOutputs, simplify } from "../../../src/graph/mod.ts";
import type { Encoding } from "../../../src/tensor/mod.ts";
import {
  build,
  elementsOf,
  floats,
  input,
  integers,
  listNodes,
  node,
  scalar,
} from "../graph_builder.ts";

const X = [input("x", 1, 4)];
const GRID: Encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };

Deno.test("simplify() removes nodes that change nothing", async () => {
  const model = await build({
    inputs: X,
    constants: { s: integers(1, 4), p: integers(0, 0, 0, 0), e: integers(1), z: integers(0) },
    nodes: [
      node("Identity", ["x"], "a"),
      node("Relu", ["a"], "b"),
      node("Dropout", ["b"], "c"),
      node("Cast", ["c"], "d", { to: 1 }),
      node("Reshape", ["d", "s"], "e1"),
      node("Pad", ["e1", "p"], "f"),
      node("Slice", ["f", "z", "e", "z"], "g"),
      node("Sum", ["g"], "h"),
      node("Transpose", ["h"], "i", { perm: [0, 1] }),
      node("Neg", ["i"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(listNodes(simplify(model)), ["Relu(x)->b", "Neg(b)->y"]);
});

Deno.test("simplify() keeps the names of outputs", async () => {
  const model = await build({
    inputs: X,
    nodes: [
      node("Identity", ["x"], "same"),
      node("Relu", ["x"], "r"),
      node("Identity", ["r"], "y"),
      node("Identity", ["y"], "z"),
      node("Neg", ["z"], "n"),
    ],
    outputNames: ["same", "y", "z", "n"],
  });
  assertEquals(listNodes(simplify(model)), [
    "Identity(x)->same",
    "Relu(x)->y",
    "Identity(y)->z",
    "Neg(z)->n",
  ]);
});

Deno.test("simplify() lets encodings follow the names, and keeps two that differ apart", async () => {
  const parts = (second: Encoding) => ({
    inputs: X,
    nodes: [node("Relu", ["x"], "r"), node("Identity", ["r"], "i"), node("Neg", ["i"], "y")],
    outputNames: ["y"],
    overrides: {
      activations: new Map([["i", { encodings: [GRID] }], ["r", { encodings: [second] }]]),
      parameters: new Map(),
    },
  });
  const equal = simplify(await build(parts(GRID)));
  assertEquals(listNodes(equal), ["Relu(x)->r", "Neg(r)->y"]);
  assertEquals([...equal.overrides.activations.keys()], ["r"]);
  const different = simplify(await build(parts({ ...GRID, scale: 2 })));
  assertEquals(different.nodes.length, 3);
});

Deno.test("foldBiases() makes an addition behind a layer its bias", async () => {
  const model = await build({
    inputs: [input("x", 1, 1, 2, 2)],
    constants: {
      w: floats([3, 1, 1, 1]),
      b: floats([3, 1, 1], [7, 8, 9]),
      s: integers(1, -1),
      v: floats([12, 2]),
      c: floats([2], [5, 6]),
    },
    nodes: [
      node("Conv", ["x", "w"], "m"),
      node("Add", ["b", "m"], "n"),
      node("Reshape", ["n", "s"], "o"),
      node("MatMul", ["o", "v"], "p"),
      node("Add", ["p", "c"], "y"),
    ],
    outputNames: ["y"],
  });
  const simple = simplify(model);
  assertEquals(listNodes(simple), ["Conv(x,w,b)->n", "Reshape(n,s)->o", "Gemm(o,v,c)->y"]);
  assertEquals(simple.initializers.get("b")?.shape, [3]);
  assertEquals(await elementsOf(simple, "b"), [7, 8, 9]);
});

Deno.test("foldBiases() leaves additions that are no bias", async () => {
  const model = await build({
    inputs: [input("x", 1, 1, 2, 3)],
    constants: { w: floats([3, 1, 1, 1]), row: floats([3]), b: floats([3]) },
    nodes: [
      node("Conv", ["x", "w"], "m"),
      node("Add", ["m", "row"], "n"),
      node("Conv", ["x", "w", "b"], "o"),
      node("Add", ["n", "o"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(simplify(model).nodes.length, 4);
});

Deno.test("selectOutputs() cuts nodes, constants and inputs that are not needed any more", async () => {
  const model = await build({
    inputs: [...X, input("z", 1, 4)],
    constants: { b: floats([4]) },
    nodes: [
      node("Relu", ["x"], "r"),
      node("Add", ["r", "z"], "s"),
      node("Add", ["s", "b"], "y"),
    ],
    outputNames: ["y"],
  });
  const cut = selectOutputs(model, ["r"]);
  assertEquals(listNodes(cut), ["Relu(x)->r"]);
  assertEquals(cut.inputs.map(({ name }) => name), ["x"]);
  assertEquals([...cut.values.keys()], ["x", "r"]);
  assertEquals(cut.initializers.size, 0);
  assertEquals(selectOutputs(model, ["y", "s"]).outputs.map(({ name }) => name), ["y", "s"]);
});

Deno.test("selectOutputs() refuses names that are no values", async () => {
  const model = await build({
    inputs: X,
    nodes: [node("Relu", ["x"], "relu")],
    outputNames: ["relu"],
  });
  const messageOf = (names: string[]) =>
    assertThrows(() => selectOutputs(model, names), FormatError).message;
  assertEquals(
    messageOf(["rleu"]),
    'Cannot select output "rleu" of model "test": there is no such value, nearest is "relu"',
  );
  assertEquals(
    messageOf(["relu", "relu"]),
    'Cannot select output "relu" of model "test": it is listed twice, expected once',
  );
  assertEquals(messageOf([]), 'Cannot select outputs of model "test": none is named');
});

Deno.test("fusedActivations() finds clamps that are the only reader of a layer", async () => {
  const model = await build({
    inputs: [...X, input("bound")],
    constants: { w: floats([4, 4]), low: scalar(0), high: scalar(6) },
    nodes: [
      node("MatMul", ["x", "w"], "m"),
      node("Relu", ["m"], "relu"),
      node("Add", ["relu", "x"], "a"),
      node("Clip", ["a", "low", "high"], "relu6"),
      node("Add", ["relu6", "x"], "b"),
      node("Clip", ["b", "low", "bound"], "moving"),
      node("Add", ["moving", "x"], "c"),
      node("Sigmoid", ["c"], "s"),
      node("Add", ["s", "x"], "d"),
      node("Relu", ["d"], "one"),
      node("Neg", ["d"], "two"),
      node("Add", ["two", "x"], "e"),
      node("Relu", ["e"], "last"),
    ],
    outputNames: ["one", "last", "e"],
  });
  assertEquals(
    Array.from(fusedActivations(model), ([layer, { name }]) => [layer, name]),
    [["node_m", "node_relu"], ["node_a", "node_relu6"]],
  );
});
