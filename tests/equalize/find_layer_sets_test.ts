import { assertEquals } from "@std/assert";
import { findLayerSets, type FindLayerSetsOptions } from "../../src/equalize/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { build, floats, input, integers, node, scalar } from "../graph/graph_builder.ts";

/** The sets as `a>b` or `a>b>c`, and `layer: reason` of the others; names without `node_`. */
function found(model: Model, options?: FindLayerSetsOptions): string[] {
  const { sets, skipped } = findLayerSets(model, options);
  const lines = [
    ...sets.map(({ links }) =>
      [links[0]?.from.node.name, ...links.map(({ to }) => to.node.name)].join(">")
    ),
    ...skipped.map(({ node: { name }, reason }) => `${name}: ${reason}`),
  ];
  return lines.map((line) => line.replaceAll("node_", ""));
}

const WEIGHTS = {
  w0: floats([4, 3, 1, 1]),
  w1: floats([4, 4, 1, 1]),
  w2: floats([4, 4, 1, 1]),
  w3: floats([4, 4, 1, 1]),
  d: floats([4, 1, 1, 1]),
  d2: floats([4, 1, 1, 1]),
  g: floats([4, 2, 1, 1]),
  zero: scalar(0),
  six: scalar(6),
  one: scalar(1),
};

function network(nodes: ReturnType<typeof node>[], ...outputNames: string[]): Promise<Model> {
  return build({ inputs: [input("x", 1, 3, 4, 4)], nodes, outputNames, constants: WEIGHTS });
}

Deno.test("findLayerSets() walks chains as AIMET does: pairs, triples, overlapping", async () => {
  const model = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Relu", ["a"], "ar"),
    node("Conv", ["ar", "d"], "b", { group: 4 }),
    node("Clip", ["b", "zero", "six"], "br"),
    node("Conv", ["br", "w1"], "c"),
    node("PRelu", ["c", "one"], "cr"),
    node("Conv", ["cr", "w2"], "e"),
  ], "e");
  assertEquals(found(model), ["a>b>c", "c>e"]);
});

Deno.test("findLayerSets() begins with a depthwise layer, and leaves out one at the end", async () => {
  const start = await build({
    inputs: [input("x", 1, 4, 4, 4)],
    nodes: [node("Conv", ["x", "d"], "a", { group: 4 }), node("Conv", ["a", "w1"], "b")],
    outputNames: ["b"],
    constants: WEIGHTS,
  });
  assertEquals(found(start), ["a>b"]);
  const end = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Conv", ["a", "d"], "b", { group: 4 }),
  ], "b");
  assertEquals(found(end), [
    "a: no layer follows the depthwise b",
    'b: "b" is a network output',
  ]);
});

Deno.test("findLayerSets() says why a layer is left out", async () => {
  const branch = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Conv", ["a", "w1"], "b"),
    node("Add", ["a", "b"], "y"),
  ], "y");
  assertEquals(found(branch), [
    'a: "a" is read by 2 nodes',
    'b: Add "y" reads "b"',
  ]);
  const sigmoid = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Sigmoid", ["a"], "s"),
    node("Conv", ["s", "w1"], "b"),
    node("Clip", ["b", "one", "six"], "c"),
    node("Conv", ["c", "w2"], "y"),
  ], "y");
  assertEquals(found(sigmoid), [
    'a: Sigmoid "s" reads "a"',
    'b: Clip "c" cuts at 1 and 6, not at 0 and a number above',
    'y: "y" is a network output',
  ]);
  const twice = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Conv", ["a", "w1"], "b"),
    node("Conv", ["b", "w1"], "y"),
  ], "y");
  assertEquals(found(twice), [
    'a: behind it, Conv "b": its weight "w1" is read by other layers too',
    'b: its weight "w1" is read by other layers too',
    'y: its weight "w1" is read by other layers too',
  ]);
});

Deno.test("findLayerSets() goes through more operators and layers on request", async () => {
  const grouped = await network([
    node("Conv", ["x", "w0"], "a"),
    node("LeakyRelu", ["a"], "l"),
    node("Conv", ["l", "g"], "b", { group: 2 }),
    node("MaxPool", ["b"], "m", { kernel_shape: [2, 2] }),
    node("Conv", ["m", "w1"], "y"),
  ], "y");
  assertEquals(found(grouped), [
    'a: LeakyRelu "l" reads "a"',
    "b: it has groups and is not depthwise; through all takes it",
    'y: "y" is a network output',
  ]);
  assertEquals(found(grouped, { through: "all" }), ["a>b", "b>y"]);
  const dense = await build({
    inputs: [input("x", 1, 3, 2, 2)],
    nodes: [
      node("Conv", ["x", "w0"], "a"),
      node("Flatten", ["a"], "f"),
      node("Gemm", ["f", "w"], "y"),
    ],
    outputNames: ["y"],
    constants: { ...WEIGHTS, w: floats([16, 5]) },
  });
  assertEquals(found(dense, { through: "all" }), ["a>y"]);
  const pad = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Pad", ["a", "pads", "one"], "p"),
    node("Conv", ["p", "w1"], "y"),
  ], "y").catch(() => undefined);
  assertEquals(pad, undefined);
  const padded = await build({
    inputs: [input("x", 1, 3, 4, 4)],
    nodes: [
      node("Conv", ["x", "w0"], "a"),
      node("Pad", ["a", "pads", "one"], "p"),
      node("Conv", ["p", "w1"], "y"),
    ],
    outputNames: ["y"],
    constants: { ...WEIGHTS, pads: integers(0, 0, 1, 1, 0, 0, 1, 1) },
  });
  assertEquals(found(padded, { through: "all" })[0], 'a: Pad "p" reads "a"');
});

Deno.test("findLayerSets() respects overrides if they will be used", async () => {
  const model = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Conv", ["a", "w1"], "y"),
  ], "y");
  const encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
  const parameters = new Map([["w1", { encodings: [encoding] }]]);
  const overridden = { ...model, overrides: { activations: new Map(), parameters } };
  assertEquals(found(overridden), ["a>y"]);
  assertEquals(found(overridden, { useOverrides: true }), [
    'a: behind it, Conv "y": the encoding of "w1" is given by an override',
    'y: the encoding of "w1" is given by an override',
  ]);
});

Deno.test("findLayerSets() scales no value between layers whose override will be used", async () => {
  const model = await network([
    node("Conv", ["x", "w0"], "a"),
    node("Relu", ["a"], "r"),
    node("Conv", ["r", "w1"], "y"),
  ], "y");
  const encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
  const activations = new Map([["r", { encodings: [encoding] }]]);
  const overridden = { ...model, overrides: { activations, parameters: new Map() } };
  assertEquals(found(overridden)[0], "a>y");
  assertEquals(
    found(overridden, { useOverrides: true })[0],
    'a: the encoding of "r" is given by an override',
  );
});
