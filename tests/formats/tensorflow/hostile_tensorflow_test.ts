import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openModel } from "../../../src/formats/mod.ts";
import { openTensorflow } from "../../../src/formats/tensorflow/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { message } from "../onnx/_proto.ts";
import {
  constant,
  floats,
  functionDef,
  graph,
  integers,
  node,
  placeholder,
  tensor,
} from "./_graph.ts";
import { TESTDATA } from "./_references.ts";

async function open(bytes: Uint8Array): Promise<void> {
  await using _ = await openTensorflow(await openSource(bytes, { name: "a.pb" }));
}

/** A graph with a bit of everything the reader looks at. */
const GRAPH = graph([
  placeholder("x", [-1, 4, 4, 2]),
  floats("w", [2, 2, 2, 3], Array.from({ length: 24 }, (_, index) => index)),
  node("conv", "Conv2D", ["x", "w"], { strides: { ints: [1, 2, 2, 1] }, padding: { s: "SAME" } }),
  constant("b", tensor(1, [3], [5, { kind: "floats", values: [1, 2] }])),
  node("bias", "BiasAdd", ["conv", "b"]),
  node("call", "StatefulPartitionedCall", ["bias"], { f: { func: "f" } }),
  integers("begin", [0, 0, 0]),
  integers("end", [0, 2, 1]),
  integers("step", [1, 1, 1]),
  node("slice", "StridedSlice", ["call", "begin", "end", "step"], { begin_mask: { i: 1 } }),
  integers("shape", [1, -1]),
  node("reshape", "Reshape", ["bias", "shape"]),
  node("parts", "Split", ["axis", "reshape"], { num_split: { i: 2 } }),
  integers("axis", 1),
  node("join", "ConcatV2", ["parts:1", "parts", "axis"]),
  node("y", "Softmax", ["join"]),
], [
  functionDef("f", {
    inputs: ["a"],
    nodes: [node("r", "Relu", ["a"])],
    result: "r:activations:0",
  }),
]);

Deno.test("openTensorflow() refuses a graph cut off at any byte with one error", async () => {
  await open(GRAPH);
  const whole = new Set<number>();
  for (let length = 0; length < GRAPH.length; length++) {
    try {
      await open(GRAPH.subarray(0, length));
      whole.add(length);
    } catch (error) {
      const known = error instanceof FormatError || error instanceof UnsupportedError;
      assert(known, `${length}: ${error instanceof Error ? error.stack : error}`);
      assertEquals(error.message.split("\n").length, 1);
    }
  }
  // A graph may end behind any node.
  assert(whole.size < 16, `${[...whole]}`);
});

for (
  const [name, bytes] of [
    ["graph", GRAPH],
    ["SavedModel", Deno.readFileSync(new URL("saved_model_v2/saved_model.pb", TESTDATA))],
  ] as const
) {
  Deno.test(`openTensorflow() opens or refuses a ${name} with any bytes changed`, async () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = bytes.slice();
        for (const [index, byte] of changes) changed[index] = byte;
        try {
          await open(changed);
        } catch (error) {
          const known = error instanceof FormatError || error instanceof UnsupportedError ||
            error instanceof RangeError && error.message.startsWith("Cannot open");
          assert(known, `${error instanceof Error ? error.stack : error}`);
        }
      }),
      { seed: 11, numRuns: name === "graph" ? 1500 : 150 },
    );
  });
}

Deno.test("openTensorflow() refuses absurd counts, lengths and nesting quickly", async () => {
  const raw = (...bytes: number[]) => Uint8Array.from(bytes);
  const x = placeholder("x", [1, 4]);
  let nested = message([1, "leaf"]);
  for (let depth = 0; depth < 200; depth++) {
    nested = message([1, "f"], [2, message([1, "a"], [2, message([10, nested])])]);
  }
  const twice = (index: number) =>
    functionDef(`f${index}`, {
      inputs: ["a"],
      nodes: ["b", "c"].map((name) =>
        node(name, "PartitionedCall", [name === "b" ? "a" : "b:out:0"], {
          f: { func: `f${index + 1}` },
        })
      ),
      result: "c:out:0",
    });
  const last = functionDef("f30", {
    inputs: ["a"],
    nodes: [node("r", "Identity", ["a"])],
    result: "r:output:0",
  });
  const head = graph([x, node("y", "Relu", ["x"])]);
  const cases: Readonly<Record<string, Uint8Array>> = {
    "a node longer than the file": raw(...head, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f),
    "a node of 2^63 bytes": raw(...head, 0x0a, ...Array(9).fill(0xff), 0x7f),
    "a length without end": raw(...head, 0x0a, ...Array(20).fill(0xff)),
    "a group": raw(...head, 0x3b, 0x3c),
    "a name that is no UTF-8": raw(...head, 0x0a, 0x04, 0x0a, 0x02, 0xc3, 0x28),
    "a name of 100 kB": graph([x, node("y".repeat(100_000), "Relu", ["x"])]),
    "functions in functions": graph([
      x,
      message([1, "y"], [2, "PartitionedCall"], [3, "x"], [
        5,
        message([1, "f"], [2, message([10, nested])]),
      ]),
    ]),
    "a constant of 2^50 elements": graph([
      constant("c", tensor(1, [2 ** 30, 2 ** 20], [4, raw(0, 0, 0, 0)])),
      node("y", "Relu", ["c"]),
    ]),
    "a million dimensions": graph([
      constant("c", tensor(1, Array(5000).fill(1), [4, raw(0, 0, 0, 0)])),
      node("y", "Relu", ["c"]),
    ]),
    "a tensor split into 2^31 parts": graph([
      placeholder("z", [2 ** 31]),
      integers("axis", 0),
      node("s", "Split", ["axis", "z"], { num_split: { i: 2 ** 31 - 1 } }),
    ]),
    "a tensor taken apart into 2^31": graph([
      placeholder("z", [1, 2 ** 31]),
      node("s", "Unpack", ["z"], { axis: { i: 1 } }),
    ]),
    "calls that double 30 times": graph(
      [x, node("y", "PartitionedCall", ["x"], { f: { func: "f0" } })],
      [...Array.from({ length: 30 }, (_, index) => twice(index)), last],
    ),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const start = performance.now();
    const error = await assertRejects(() => open(bytes), Error, undefined, name);
    const known = error instanceof FormatError || error instanceof UnsupportedError;
    assert(known, `${name}: ${error.stack}`);
    assert(error.message.length < 500, `${name}: ${error.message}`);
    const limit = name.startsWith("calls") ? 8000 : 2000;
    const took = performance.now() - start;
    assert(took < limit, `${name}: ${took} ms`);
  }
});

Deno.test("openModel() tells a graph of TensorFlow from other protobuf files", async () => {
  await using model = await openModel(graph([
    placeholder("x", [1, 4]),
    node("y", "Relu", ["x"]),
  ]));
  assertEquals(model.metadata.format, "tensorflow");
});
