import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../../src/errors.ts";
import { openOnnx } from "../../../src/formats/onnx/mod.ts";
import type { OpenNetworkOptions } from "../../../src/graph/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { readDense } from "../../../src/tensor/mod.ts";
import {
  attribute,
  floats,
  type GraphProtoParts,
  integers,
  message,
  model,
  node,
  tensor,
  value,
} from "./_proto.ts";

async function open(
  graph: GraphProtoParts,
  options: OpenNetworkOptions & Parameters<typeof model>[1] = {},
) {
  const source = await openSource(model(graph, options), { name: "a.onnx" });
  return await openOnnx(source, options);
}

Deno.test("openOnnx() reads a graph and gives its values static shapes", async () => {
  await using opened = await open({
    nodes: [
      node("Conv", ["image", "kernel"], ["features"], { name: "conv" }),
      node("Relu", ["features"], ["y"]),
    ],
    inputs: [value("image", ["N", 3, 8, 8])],
    outputs: [value("y", ["N", 4, 6, 6])],
    initializers: [floats("kernel", [4, 3, 3, 3], Array(108).fill(0.5))],
  });
  assertEquals(opened.name, "test graph");
  assertEquals(opened.inputs, [{ name: "image", dtype: "float32", shape: [1, 3, 8, 8] }]);
  assertEquals(opened.outputs, [{ name: "y", dtype: "float32", shape: [1, 4, 6, 6] }]);
  assertEquals(opened.nodes.map(({ operator }) => operator), ["Conv", "Relu"]);
  assertEquals(opened.values.get("features")?.shape, [1, 4, 6, 6]);
  assertEquals(opened.initializers.get("kernel")?.shape, [4, 3, 3, 3]);
  assertEquals(opened.metadata, { format: "onnx", producer: "by hand 1.0" });
});

Deno.test("openOnnx() does not take initializers that are also inputs for network inputs", async () => {
  await using opened = await open({
    nodes: [node("Add", ["x", "w"], ["y"])],
    inputs: [value("w", [2]), value("x", [1, 2])],
    outputs: [value("y", [1, 2])],
    initializers: [floats("w", [2], [1, 2])],
  }, { irVersion: 3, opset: 7 });
  assertEquals(opened.inputs.map(({ name }) => name), ["x"]);
});

Deno.test("openOnnx() makes constants of Constant nodes, large ones by reference", async () => {
  const numbers = Array.from({ length: 20_000 }, (_, index) => index);
  const constant = (name: string, key: string, held: Parameters<typeof attribute>[1]) =>
    node("Constant", [], [name], { attributes: [attribute(key, held)] });
  await using opened = await open({
    nodes: [
      constant("large", "value", { tensor: floats("", [20_000], numbers) }),
      constant("small", "value_floats", { floats: [1, 2] }),
      constant("one", "value_float", { float: 3 }),
      node("Add", ["x", "large"], ["a"]),
      node("Add", ["b", "small"], ["c"]),
      node("Add", ["c", "one"], ["d"]),
    ],
    inputs: [value("x", [1, 20_000]), value("b", [1, 2])],
    outputs: [value("a", [1, 20_000]), value("d", [1, 2])],
  });
  assertEquals(opened.nodes.map(({ operator }) => operator), ["Add", "Add", "Add"]);
  const [large, small, one] = ["large", "small", "one"].map((name) =>
    opened.initializers.get(name)
  );
  assert(large !== undefined && small !== undefined && one !== undefined);
  assertEquals([large.storage.kind, small.storage.kind], ["range", "bytes"]);
  assertEquals([...(await readDense(large)).data], numbers);
  assertEquals([...(await readDense(small)).data], [1, 2]);
  assertEquals([one.shape, [...(await readDense(one)).data]], [[], [3]]);
});

Deno.test("openOnnx() accepts QuantizeLinear of com.microsoft and keeps encodings as overrides", async () => {
  const grid = ["scale", "zero"];
  const domain = "com.microsoft";
  await using opened = await open({
    nodes: [
      node("QuantizeLinear", ["x", ...grid], ["q"], { domain }),
      node("DequantizeLinear", ["q", ...grid], ["d"], { domain }),
      node("Relu", ["d"], ["y"]),
    ],
    inputs: [value("x", [1, 2])],
    outputs: [value("y", [1, 2])],
    initializers: [floats("scale", [], [0.5]), tensor("zero", 2, [], [9, Uint8Array.of(3)])],
  }, { more: [[8, message([1, domain], [2, 1])]] });
  assertEquals(opened.nodes.map(({ operator, inputs }) => [operator, inputs]), [["Relu", ["x"]]]);
  const [encoding] = opened.overrides.activations.get("x")?.encodings ?? [];
  assertEquals([encoding?.bitwidth, encoding?.scale, encoding?.offset], [8, 0.5, -3]);
});

Deno.test("openOnnx() turns a softmax of before opset 13 into one of today where it is one", async () => {
  const softmax = (shape: readonly number[]): GraphProtoParts => ({
    nodes: [node("Softmax", ["x"], ["y"], { attributes: [attribute("axis", 1)] })],
    inputs: [value("x", shape)],
    outputs: [value("y", shape)],
  });
  await using last = await open(softmax([1, 10]), { opset: 9 });
  assertEquals(last.nodes.map(({ operator }) => operator), ["Softmax"]);
  assertEquals(last.nodes[0]?.attributes, { axis: { type: "int", value: 1 } });
  await using middle = await open(softmax([1, 2, 3]), { opset: 9 });
  assertEquals(middle.nodes.map(({ operator }) => operator), ["Flatten", "Softmax", "Reshape"]);
});

/** A classifier whose flattening has a constant first dimension. */
function flattening(shape: readonly number[]): GraphProtoParts {
  return {
    nodes: [node("Reshape", ["x", "shape"], ["r"]), node("Relu", ["r"], ["y"])],
    inputs: [value("x", [4, 3, 2])],
    outputs: [value("y", [4, 6])],
    initializers: [integers("shape", [2], shape)],
  };
}

Deno.test("openOnnx() changes a fixed batch where the graph allows it", async () => {
  await using opened = await open(flattening([-1, 6]));
  assertEquals(opened.outputs[0]?.shape, [1, 6]);
  await using kept = await open(flattening([4, 6]), { batch: "keep" });
  assertEquals(kept.outputs[0]?.shape, [4, 6]);
  await using given = await open(flattening([4, 6]), { inputShapes: new Map([["x", [4, 3, 2]]]) });
  assertEquals(given.outputs[0]?.shape, [4, 6]);
});

Deno.test("openOnnx() refuses a batch that is fixed inside the graph", async () => {
  const contradiction = await assertRejects(() => open(flattening([4, 6])), UnsupportedError);
  const [start, end] = [
    'Cannot set the batch of input "x" of "a.onnx" from 4 to 1: ',
    "; export the model with batch 1",
  ];
  assert(contradiction.message.startsWith(start), contradiction.message);
  assert(contradiction.message.endsWith(end), contradiction.message);
  const bent = await assertRejects(() => open(flattening([2, -1])), UnsupportedError);
  assertEquals(
    bent.message,
    `${start}output "y" would become [2, 3], the file declares [4, 6]${end}`,
  );
});

Deno.test("openOnnx() ends early when it is aborted", async () => {
  const reason = new DOMException("stopped", "AbortError");
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(() => open(flattening([-1, 6]), { signal }));
  assertEquals(error, reason);
});
