import { assertEquals, assertThrows } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { attribute, GraphAssembler, NodeEmitter } from "../../../src/graph/mod.ts";
import { referenceDense } from "../../../src/tensor/mod.ts";

Deno.test("GraphAssembler knows shapes as soon as nodes are there", () => {
  const graph = new GraphAssembler(["taken"]);
  graph.addInput({ name: "x", dtype: "float32", shape: [1, 6] });
  const shape = graph.addIntegers("shape", [2, -1]);
  const node = { name: "r", operator: "Reshape", inputs: ["x", shape], outputs: ["y"] };
  graph.addNode({ ...node, attributes: {} });
  assertEquals(graph.shape("y"), [2, 3]);
  assertEquals(graph.dtype(shape), "int64");
  assertEquals(graph.producer("y")?.name, "r");
  assertEquals(graph.producer("x"), undefined);
  assertEquals([graph.has("y"), graph.has("taken")], [true, false]);
  assertEquals(graph.uniqueName("taken"), "taken_1");
  assertEquals(graph.uniqueName("y"), "y_1");
  assertEquals(graph.uniqueName(""), "_1");
  assertThrows(() => graph.shape("z"), RangeError, 'The graph has no value "z" yet');
  assertThrows(
    () => graph.addNode({ ...node, inputs: ["x"], outputs: ["z"], attributes: {} }),
    FormatError,
    'Cannot use node "r" (Reshape): the number of its inputs is 1, expected 2',
  );
  const data = BigInt64Array.of(3n, 2n);
  const held = graph.addTensor(referenceDense("shape", { dtype: "int64", shape: [2], data }));
  assertEquals(held, "shape_1");
  graph.addNode({ ...node, inputs: ["x", held], outputs: ["z"], attributes: {} });
  assertEquals(graph.shape("z"), [3, 2]);
  assertEquals(graph.parts.nodes.length, 2);
});

Deno.test("GraphAssembler makes no constants that no network needs", () => {
  const graph = new GraphAssembler();
  assertEquals(graph.shape(graph.addFilled("small", 3, 1)), [3]);
  assertThrows(
    () => graph.addFilled("large", 1_000_000_000, 1),
    UnsupportedError,
    'Cannot make constant "large": with it the constants made of settings would have 4000000012 ' +
      "bytes; at most 268435456 would work",
  );
});

Deno.test("NodeEmitter names nodes after the layer", () => {
  const graph = new GraphAssembler();
  graph.addInput({ name: "x", dtype: "float32", shape: [1, 4] });
  const layer = new NodeEmitter(graph, { name: "l", inputs: ["x"], outputNames: ["y", "z"] });
  const scaled = layer.emit("scaled", "Mul", { inputs: ["x", layer.float("two", 2)] });
  const [values] = layer.emitPair("top", "TopK", { inputs: [scaled, layer.integers("k", [2])] });
  const outputs = layer.outputAll("Split", [values, layer.integers("split", [1, 1])], {
    axis: attribute.int(1),
  });
  assertEquals(outputs, ["y", "z"]);
  assertEquals(
    graph.parts.nodes.map(({ name, outputs }) => `${name}: ${outputs}`),
    ["l/scaled: l/scaled", "l/top: l/top,l/top/second", "l: y,z"],
  );
  assertEquals(layer.shape("z"), [1, 1]);
});
