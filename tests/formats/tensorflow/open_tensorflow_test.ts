import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../../src/errors.ts";
import {
  openTensorflow,
  type OpenTensorflowOptions,
  type UnconsumedNode,
} from "../../../src/formats/tensorflow/mod.ts";
import { openModel } from "../../../src/formats/mod.ts";
import type { Model } from "../../../src/graph/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { readDense } from "../../../src/tensor/mod.ts";
import { constant, floats, graph, integers, node, placeholder, tensor } from "./_graph.ts";
import { TESTDATA } from "./_references.ts";

async function open(
  nodes: readonly Uint8Array[],
  options: OpenTensorflowOptions = {},
): Promise<Model> {
  return await openTensorflow(await openSource(graph(nodes), { name: "a.pb" }), options);
}

const CONV = { strides: { ints: [1, 1, 1, 1] }, padding: { s: "SAME" } };

Deno.test("openTensorflow() keeps layout and names of the file", async () => {
  await using model = await openModel(new URL("frozen_layers.pb", TESTDATA));
  assertEquals(model.inputs, [{ name: "image", dtype: "float32", shape: [1, 12, 12, 3] }]);
  assertEquals(model.outputs, [{ name: "probabilities", dtype: "float32", shape: [1, 5] }]);
  assertEquals(model.metadata.format, "tensorflow");
  const convolution = model.nodes.find(({ operator }) => operator === "Conv");
  assertEquals(convolution?.name, "Conv2D");
  assertEquals(convolution?.inputs[1], "conv/kernel");
  assertEquals(convolution?.outputs, ["Conv2D"]);
  assertEquals(model.initializers.get("conv/kernel")?.shape, [8, 3, 3, 3]);
  const transposes = model.nodes.filter(({ operator }) => operator === "Transpose");
  assertEquals(transposes.length, 1, "only the image is transposed");
});

Deno.test("openTensorflow() leaves large constants in the file", async () => {
  const values = Float32Array.from({ length: 20_000 }, (_, index) => index);
  const content = new Uint8Array(values.buffer);
  const unpacked = Array.from(values.subarray(0, 17_000));
  await using model = await open([
    placeholder("x", [1, 20_000]),
    constant("raw", tensor(1, [20_000], [4, content])),
    constant("typed", tensor(1, [20_000], [5, { kind: "floats", values: [...values] }])),
    // What is left out repeats the last element.
    constant("short", tensor(1, [20_000], [5, { kind: "floats", values: unpacked }])),
    constant("one", tensor(1, [20_000], [5, { kind: "floats", values: [2.5] }])),
    constant("zero", tensor(1, [20_000])),
    node("y", "AddN", ["x", "raw", "typed", "short", "one", "zero"]),
  ]);
  const kinds = ["raw", "typed", "short", "one", "zero"].map((name) =>
    model.initializers.get(name)?.storage.kind
  );
  assertEquals(kinds, ["range", "range", "concat", "concat", "concat"]);
  const read = async (name: string) => {
    const reference = model.initializers.get(name);
    assert(reference !== undefined);
    return Array.from((await readDense(reference)).data, Number);
  };
  assertEquals(await read("raw"), [...values]);
  assertEquals(await read("typed"), [...values]);
  assertEquals(await read("short"), [...unpacked, ...Array(3000).fill(16_999)]);
  assertEquals(await read("one"), Array(20_000).fill(2.5));
  assertEquals(await read("zero"), Array(20_000).fill(0));
});

Deno.test("openTensorflow() reads integers of every field", async () => {
  await using model = await open([
    placeholder("x", [1, 3]),
    constant("a", tensor(6, [3], [7, { kind: "varints", values: [-1, 2, -128] }])),
    constant("b", tensor(4, [3], [7, { kind: "unpackedVarints", values: [1, 255] }])),
    constant("c", tensor(9, [3], [10, { kind: "varints", values: [-5] }])),
    constant("d", tensor(10, [3], [11, { kind: "varints", values: [1, 0, 1] }])),
    constant("e", tensor(19, [3], [13, { kind: "varints", values: [0x3c00, 0xc000, 0x3800] }])),
    ...["a", "b", "c", "d", "e"].map((name) =>
      node(`${name}f`, "Cast", [name], { DstT: { type: 1 } })
    ),
    node("sum", "AddN", ["af", "bf", "cf", "df", "ef"]),
    node("y", "Add", ["x", "sum"]),
  ]);
  const sum = model.initializers.get("sum");
  assert(sum !== undefined);
  assertEquals(
    [...(await readDense(sum)).data],
    [-1 + 1 - 5 + 1 + 1, 2 + 255 - 5 - 2, -127.5 + 250]
      .map((value, index) => index === 2 ? -128 + 255 - 5 + 1 + 0.5 : value),
  );
});

Deno.test("openTensorflow() cuts the graph at an input of the user", async () => {
  await using model = await open([
    placeholder("x", null),
    node("decode", "DecodeJpeg", ["x"]),
    node("y", "Relu", ["decode"]),
  ], { inputShapes: new Map([["decode:0", [1, 4, 4, 3]]]) });
  assertEquals(model.inputs, [{ name: "decode", dtype: "float32", shape: [1, 4, 4, 3] }]);
  assertEquals(model.nodes.map(({ operator }) => operator), ["Relu"]);
});

Deno.test("openTensorflow() ends at outputs of the user and tells what is left", async () => {
  let left: readonly UnconsumedNode[] = [];
  await using model = await open([
    placeholder("x", [1, 4]),
    node("a", "Relu", ["x"]),
    integers("axis", 1),
    node("parts", "Split", ["axis", "a"], { num_split: { i: 2 } }),
    node("loss", "Frobnicate", ["parts"]),
    node("variable", "VarHandleOp"),
    node("variable/Read", "ReadVariableOp", ["variable"]),
    node("old", "VariableV2"),
    node("old/read", "Identity", ["old"]),
  ], { outputs: ["parts:1", "a:0"], onUnconsumedNodes: (nodes) => left = nodes });
  assertEquals(model.outputs.map(({ name, shape }) => [name, [...shape]]), [
    ["parts:1", [1, 2]],
    ["a", [1, 4]],
  ]);
  assertEquals(left, [{ name: "loss", operator: "Frobnicate" }]);
});

Deno.test("openTensorflow() takes no side of a branch for an output", async () => {
  await using model = await open([
    placeholder("x", [1, 4]),
    constant("training", tensor(10, [], [4, Uint8Array.of(0)])),
    node("switch", "Switch", ["training", "training"]),
    node("switch_t", "Identity", ["switch:1"]),
    node("switch_f", "Identity", ["switch"]),
    node("data", "Switch", ["x", "training"]),
    node("on", "Neg", ["data:1"]),
    node("off", "Relu", ["data"]),
    node("merge", "Merge", ["off", "on"]),
    node("y", "Identity", ["merge"]),
  ]);
  assertEquals(model.outputs.map(({ name }) => name), ["y"]);
  assertEquals(model.nodes.map(({ operator }) => operator), ["Relu"]);
});

Deno.test("openTensorflow() sets the batch, and keeps it on request", async () => {
  const nodes = [placeholder("x", [8, 4]), node("y", "Relu", ["x"])];
  for (const [batch, expected] of [[undefined, 1], [3, 3], ["keep", 8]] as const) {
    await using model = await open(nodes, batch === undefined ? {} : { batch });
    assertEquals(model.outputs[0]?.shape, [expected, 4]);
  }
});

Deno.test("openTensorflow() takes signatures by key", async () => {
  const url = new URL("saved_model_v2/", TESTDATA);
  await using both = await openModel(url);
  assertEquals(both.outputs.map(({ name, dtype }) => [name, dtype]), [
    ["StatefulPartitionedCall", "int32"],
    ["StatefulPartitionedCall:1", "float32"],
  ]);
  await using one = await openModel(url, {
    outputs: ["probabilities"],
    inputShapes: new Map([["image", [1, 12, 12, 3]]]),
  });
  assertEquals(one.outputs.map(({ name }) => name), ["StatefulPartitionedCall:1"]);
  await using other = await openModel(url, { savedModelSignatureKey: "double" });
  assertEquals(other.inputs.map(({ name }) => name), ["double_image"]);
});

Deno.test("openTensorflow() makes zeros around an image the padding of its layer", async () => {
  await using model = await open([
    placeholder("x", [1, 4, 4, 1]),
    constant(
      "pads",
      tensor(3, [4, 2], [4, new Uint8Array(Int32Array.of(0, 0, 1, 2, 0, 3, 0, 0).buffer)]),
    ),
    node("padded", "Pad", ["x", "pads"]),
    floats("w", [2, 2, 1, 1], [1, 2, 3, 4]),
    node("y", "Conv2D", ["padded", "w"], { ...CONV, padding: { s: "VALID" } }),
  ]);
  assert(!model.nodes.some(({ operator }) => operator === "Pad"));
  const convolution = model.nodes.find(({ operator }) => operator === "Conv");
  assertEquals(convolution?.attributes.pads, { type: "ints", value: [1, 0, 2, 3] });
});

Deno.test("openTensorflow() takes dropout out of a training graph", async () => {
  const keep = floats("keep", [], [0.5]);
  await using model = await open([
    placeholder("x", [1, 4]),
    keep,
    node("scaled", "RealDiv", ["x", "keep"]),
    integers("shape", [1, 4]),
    node("random", "RandomUniform", ["shape"]),
    node("sum", "Add", ["keep", "random"]),
    node("mask", "Floor", ["sum"]),
    node("dropout", "Mul", ["scaled", "mask"]),
    node("y", "Relu", ["dropout"]),
  ]);
  assertEquals(model.nodes.map(({ operator, inputs }) => [operator, ...inputs]), [["Relu", "x"]]);
});

Deno.test("openTensorflow() takes dropout of a rate that is fed", async () => {
  await using model = await open([
    placeholder("x", [1, 4]),
    floats("one", [], [1]),
    floats("zero", [], [0]),
    node("keep", "PlaceholderWithDefault", ["one"], { dtype: { type: 1 }, shape: { shape: [] } }),
    node("rate", "Sub", ["one", "keep"]),
    node("rest", "Sub", ["one", "rate"]),
    node("scaled", "RealDiv", ["x", "rest"]),
    integers("shape", [1, 4]),
    node("random", "RandomUniform", ["shape"]),
    node("mask", "GreaterEqual", ["random", "rate"]),
    node("dropout", "SelectV2", ["mask", "scaled", "zero"]),
    node("y", "Relu", ["dropout"]),
  ]);
  assertEquals(model.nodes.map(({ operator, inputs }) => [operator, ...inputs]), [["Relu", "x"]]);
});

for (const [scale, divisor] of [["another number", "other"], ["what data gives", "x"]]) {
  Deno.test(`openTensorflow() takes no dropout out that is scaled by ${scale}`, async () => {
    await assertRejects(
      () =>
        open([
          placeholder("x", [1, 4]),
          floats("keep", [], [0.9]),
          floats("other", [], [0.5]),
          node("scaled", "RealDiv", ["x", divisor ?? ""]),
          integers("shape", [1, 4]),
          node("random", "RandomUniform", ["shape"]),
          node("sum", "Add", ["random", "keep"]),
          node("mask", "Floor", ["sum"]),
          node("y", "Mul", ["scaled", "mask"]),
        ]),
      UnsupportedError,
      'Cannot convert node "random" (RandomUniform): it is random',
    );
  });
}

Deno.test("openTensorflow() makes a dilated convolution of one between blocks", async () => {
  const pairs = (name: string, values: readonly number[]) =>
    constant(name, tensor(3, [2, 2], [4, new Uint8Array(Int32Array.from(values).buffer)]));
  await using model = await open([
    placeholder("x", [1, 7, 8, 1]),
    integers("blocks", [2, 2]),
    pairs("pads", [2, 3, 2, 2]),
    pairs("crops", [0, 1, 0, 0]),
    node("spread", "SpaceToBatchND", ["x", "blocks", "pads"]),
    floats("w", [3, 3, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    node("conv", "Conv2D", ["spread", "w"], { ...CONV, padding: { s: "VALID" } }),
    node("y", "BatchToSpaceND", ["conv", "blocks", "crops"]),
  ]);
  const convolution = model.nodes.find(({ operator }) => operator === "Conv");
  assertEquals(convolution?.attributes.dilations, { type: "ints", value: [2, 2] });
  assertEquals(convolution?.attributes.pads, { type: "ints", value: [2, 2, 2, 2] });
  assertEquals(model.outputs[0]?.shape, [1, 7, 8, 1]);
});

Deno.test("openTensorflow() makes a dilated convolution and a bias of those between blocks", async () => {
  const pairs = (name: string, values: readonly number[]) =>
    constant(name, tensor(3, [2, 2], [4, new Uint8Array(Int32Array.from(values).buffer)]));
  await using model = await open([
    placeholder("x", [1, 7, 8, 1]),
    integers("blocks", [2, 2]),
    pairs("pads", [2, 3, 2, 2]),
    pairs("crops", [0, 1, 0, 0]),
    node("spread", "SpaceToBatchND", ["x", "blocks", "pads"]),
    floats("w", [3, 3, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    node("conv", "Conv2D", ["spread", "w"], { ...CONV, padding: { s: "VALID" } }),
    floats("b", [1], [2]),
    node("biased", "BiasAdd", ["conv", "b"]),
    node("y", "BatchToSpaceND", ["biased", "blocks", "crops"]),
  ]);
  const convolution = model.nodes.find(({ operator }) => operator === "Conv");
  assertEquals(convolution?.attributes.dilations, { type: "ints", value: [2, 2] });
  assertEquals(convolution?.attributes.pads, { type: "ints", value: [2, 2, 2, 2] });
  assertEquals(model.outputs, [{ name: "y", dtype: "float32", shape: [1, 7, 8, 1] }]);
  assert(model.nodes.every(({ operator }) => operator !== "Reshape"));
});
