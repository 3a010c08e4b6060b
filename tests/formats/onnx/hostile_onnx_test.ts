import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openOnnx } from "../../../src/formats/onnx/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { attribute, floats, integers, message, model, node, tensor, value } from "./_proto.ts";

async function open(bytes: Uint8Array): Promise<void> {
  await using _ = await openOnnx(await openSource(bytes, { name: "a.onnx" }));
}

/** A model with a bit of everything the reader looks at. */
const MODEL = model({
  nodes: [
    node("Constant", [], ["c"], {
      name: "constant",
      attributes: [attribute("value", { tensor: floats("", [1, 2], [1, 2]) })],
    }),
    node("Conv", ["x", "w", "b"], ["f"], {
      name: "conv",
      attributes: [attribute("pads", [0, 1, 0, 1]), attribute("auto_pad", "NOTSET")],
    }),
    node("Reshape", ["f", "shape"], ["r"]),
    node("Softmax", ["r"], ["s"], { attributes: [attribute("axis", 1)] }),
    node("Add", ["s", "c"], ["y"]),
  ],
  inputs: [value("x", ["N", 1, 2, 2])],
  outputs: [value("y", ["N", 2])],
  initializers: [
    floats("w", [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]),
    tensor("b", 1, [1], [4, { kind: "floats", values: [0.5] }]),
    integers("shape", [2], [1, 2]),
  ],
}, { opset: 11 });

Deno.test("openOnnx() refuses a file cut off at any byte with one FormatError", async () => {
  await open(MODEL);
  for (let length = 0; length < MODEL.length; length++) {
    const error = await assertRejects(() => open(MODEL.subarray(0, length)));
    assert(error instanceof FormatError, `${length}: ${error}`);
    assertEquals(`${(error as Error).message}`.split("\n").length, 1);
  }
});

Deno.test("openOnnx() opens or refuses a file with any bytes changed, and nothing else", async () => {
  const change = fc.tuple(fc.nat(MODEL.length - 1), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = MODEL.slice();
      for (const [index, byte] of changes) bytes[index] = byte;
      try {
        await open(bytes);
      } catch (error) {
        const known = error instanceof FormatError || error instanceof UnsupportedError;
        assert(known, `${error instanceof Error ? error.stack : error}`);
      }
    }),
    { seed: 7, numRuns: 1500 },
  );
});

Deno.test("openOnnx() refuses absurd counts, lengths and nesting quickly", async () => {
  const raw = (...bytes: number[]) => Uint8Array.from(bytes);
  const header = message([1, 8]);
  const graph = (...bytes: number[]) => message([1, 8], [7, raw(...bytes)]);
  let nested = message([2, "leaf"]);
  for (let depth = 0; depth < 200; depth++) {
    nested = message([1, message([4, "If"], [5, message([1, "a"], [6, nested], [20, 5])])]);
  }
  const cases: Readonly<Record<string, Uint8Array>> = {
    "a graph longer than the file": raw(...header, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f),
    "a graph of 2^63 bytes": raw(...header, 0x3a, ...Array(9).fill(0xff), 0x7f),
    "a length without end": raw(...header, 0x3a, ...Array(20).fill(0xff)),
    "a group": raw(...header, 0x3b, 0x3c),
    "field number 0": raw(...header, 0x02, 0x00),
    "a node longer than the graph": graph(0x0a, 0x7f),
    "an initializer that says 2^50 elements": model({
      initializers: [tensor("w", 1, [2 ** 30, 2 ** 20], [9, raw(0, 0, 0, 0)])],
    }),
    "a negative dimension": model({ initializers: [tensor("w", 1, [-4], [9, raw(0, 0, 0, 0)])] }),
    "a name that is no UTF-8": graph(0x12, 0x02, 0xc3, 0x28),
    "a name of 100 kB": model({ nodes: [node("A".repeat(100_000), [], [])] }),
    "an attribute with 2 MB of packed integers": model({
      nodes: [node("Relu", ["x"], ["y"], {
        attributes: [message([1, "a"], [8, new Uint8Array(2_000_000)], [20, 7])],
      })],
    }),
    "dimensions that fill an attribute": model({
      nodes: [node("Constant", [], ["y"], {
        attributes: [message([1, "value"], [5, message([1, new Uint8Array(500_000)])], [20, 4])],
      })],
    }),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const start = performance.now();
    const error = await assertRejects(() => open(bytes)) as Error;
    assert(error instanceof FormatError, `${name}: ${error.stack}`);
    assert(error.message.length < 500, `${name}: ${error.message}`);
    assert(performance.now() - start < 2000, name);
  }
  const deep = message([1, 8], [7, nested], [8, message([1, ""], [2, 13])]);
  await assertRejects(() => open(deep), UnsupportedError, "is a graph (control flow)");
});

Deno.test("openOnnx() refuses more entries than a graph can have", async () => {
  // Two bytes each: field 14, no content.
  const entries = new Uint8Array(2 * 1_000_001);
  for (let index = 0; index < entries.length; index += 2) entries[index] = 0x72;
  const bytes = message([1, 8], [7, entries], [8, message([1, ""], [2, 13])]);
  const error = await assertRejects(() => open(bytes), FormatError);
  assertEquals(
    error.message,
    'Cannot read "a.onnx": its graph has more than 1000000 nodes, tensors and values',
  );
});
