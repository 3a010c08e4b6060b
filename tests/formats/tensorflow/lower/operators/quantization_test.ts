import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { nudgedEncoding } from "../../../../../src/formats/tensorflow/lower/operators/quantization.ts";
import { openTensorflow } from "../../../../../src/formats/tensorflow/mod.ts";
import type { Model } from "../../../../../src/graph/mod.ts";
import { openSource } from "../../../../../src/io/mod.ts";
import { TESTDATA } from "../../_references.ts";
import { floats, graph, node, placeholder } from "../../_graph.ts";

async function open(nodes: readonly Uint8Array[]): Promise<Model> {
  return await openTensorflow(await openSource(graph(nodes), { name: "a.pb" }));
}

Deno.test("nudgedEncoding() gives what TensorFlow's converter made of a trained network", () => {
  const weight = nudgedEncoding({ min: -0.673241735, max: 0.585466743 }, { bits: 8, narrow: true });
  assertAlmostEquals(weight?.scale ?? NaN, 0.00495554507, 1e-10);
  assertEquals(weight?.offset, -137);
  const activation = nudgedEncoding({ min: 0, max: 44.4706078 }, { bits: 8, narrow: false });
  assertAlmostEquals(activation?.scale ?? NaN, 0.174394533, 1e-8);
  assertEquals([activation?.offset, activation?.min], [0, 0]);
});

Deno.test("nudgedEncoding() gives the worked examples of TensorFlow's documentation", () => {
  // [0, 1) and (-1, 0) in 8 bits: a range beside zero is moved to it.
  const above = nudgedEncoding({ min: 1, max: 2 }, { bits: 8, narrow: false });
  assertEquals([above?.offset, above?.min], [0, 0]);
  assertAlmostEquals(above?.max ?? NaN, 1, 1e-6);
  const below = nudgedEncoding({ min: -2, max: -1 }, { bits: 8, narrow: false });
  assertEquals([below?.offset, below?.max], [-255, 0]);
  assertAlmostEquals(below?.min ?? NaN, -1, 1e-6);
  assertEquals(nudgedEncoding({ min: 0, max: 0 }, { bits: 8, narrow: false }), undefined);
});

Deno.test("nudgedEncoding() has the first and last level that TensorFlow has", () => {
  const cases = JSON.parse(Deno.readTextFileSync(new URL("fake_quant.json", TESTDATA))) as {
    readonly min: number;
    readonly max: number;
    readonly bits: number;
    readonly narrow: boolean;
    readonly levels: readonly [number, number];
  }[];
  assertEquals(cases.length, 60);
  for (const { min, max, bits, narrow, levels: [low, high] } of cases) {
    const encoding = nudgedEncoding({ min, max }, { bits, narrow });
    assert(encoding !== undefined);
    const { scale } = encoding;
    assertAlmostEquals(encoding.min + (narrow ? scale : 0), low, scale / 100);
    assertAlmostEquals(encoding.max, high, scale / 100);
  }
});

Deno.test("openTensorflow() makes FakeQuant nodes encodings of what they read", async () => {
  await using model = await open([
    placeholder("x", [1, 2]),
    node("x_quant", "FakeQuantWithMinMaxArgs", ["x"], { min: { f: -1 }, max: { f: 1 } }),
    floats("w", [2, 3], [1, 2, 3, 4, 5, 6]),
    floats("low", [], [-6]),
    floats("high", [], [6]),
    node("w_quant", "FakeQuantWithMinMaxVars", ["w", "low", "high"], {
      narrow_range: { b: true },
      num_bits: { i: 4 },
    }),
    node("dense", "MatMul", ["x_quant", "w_quant"]),
    node("y", "Relu", ["dense"]),
  ]);
  assertEquals(model.nodes.map(({ operator }) => operator), ["MatMul", "Relu"]);
  const [input] = model.overrides.activations.get("x")?.encodings ?? [];
  assertEquals([input?.bitwidth, input?.offset], [8, -127]);
  const [weight] = model.overrides.parameters.get("w")?.encodings ?? [];
  assertEquals([weight?.bitwidth, weight?.offset], [4, -8]);
  assertAlmostEquals(weight?.scale ?? NaN, 12 / 14, 1e-6);
});

Deno.test("openTensorflow() moves encodings by channel with the layout of a filter", async () => {
  await using model = await open([
    placeholder("x", [1, 4, 4, 2]),
    floats("w", [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]),
    floats("low", [3], [-1, -2, -3]),
    floats("high", [3], [1, 2, 3]),
    node("w_quant", "FakeQuantWithMinMaxVarsPerChannel", ["w", "low", "high"]),
    node("y", "Conv2D", ["x", "w_quant"], {
      strides: { ints: [1, 1, 1, 1] },
      padding: { s: "VALID" },
    }),
  ]);
  const encoding = model.overrides.parameters.get("w");
  assertEquals(model.initializers.get("w")?.shape, [3, 2, 1, 1]);
  assertEquals(encoding?.axis, 0);
  const scales = encoding?.encodings.map(({ scale }) => scale) ?? [];
  assertAlmostEquals((scales[2] ?? NaN) / (scales[0] ?? NaN), 3, 1e-6);
});

Deno.test("openTensorflow() gives a value two encodings where two readers ask for them", async () => {
  await using model = await open([
    placeholder("x", [1, 2]),
    node("a", "FakeQuantWithMinMaxArgs", ["x"], { min: { f: -1 }, max: { f: 1 } }),
    node("b", "FakeQuantWithMinMaxArgs", ["x"], { min: { f: -4 }, max: { f: 4 } }),
    node("p", "Relu", ["a"]),
    node("q", "Sigmoid", ["b"]),
    node("y", "Add", ["p", "q"]),
  ]);
  assertEquals([...model.overrides.activations.keys()].sort(), ["b", "x"]);
  assert(
    model.nodes.some(({ operator, outputs }) => operator === "Identity" && outputs[0] === "b"),
  );
});
