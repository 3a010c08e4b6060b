import { assert, assertEquals } from "@std/assert";
import { isOnnx } from "../../../src/formats/onnx/mod.ts";
import { floats, message, model, node, value } from "./_proto.ts";

const GRAPH = {
  nodes: [node("Relu", ["x"], ["y"])],
  inputs: [value("x", [1, 2])],
  outputs: [value("y", [1, 2])],
  initializers: [floats("w", [1], [1])],
};

Deno.test("isOnnx() knows a model by its ir_version", () => {
  assert(isOnnx(model(GRAPH)));
  assert(isOnnx(model(GRAPH).subarray(0, 2)));
});

Deno.test("isOnnx() knows a model whose other fields come first", () => {
  const graph = message([1, node("Relu", ["x"], ["y"])]);
  assert(isOnnx(message([2, "producer"], [1, 8])));
  assert(isOnnx(message([2, "producer"], [7, graph])));
});

Deno.test("isOnnx() refuses other files", () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const heads: Record<string, Uint8Array> = {
    nothing: new Uint8Array(),
    zeros: new Uint8Array(64),
    zip: text("PK\x03\x04\x14\x00\x00\x00"),
    prototxt: text('name: "SqueezeNet"\nlayer {\n'),
    json: text('{"version": "0.6.1"}'),
    "frozen graph (GraphDef: field 1 is a node)": message([1, message([1, "input"], [2, "Const"])]),
    "caffemodel (NetParameter: field 1 is a name)": message([1, "LeNet"], [100, message([1, "a"])]),
    "a graph that is none": message([7, new Uint8Array([0xff, 0xff])]),
    "an absurd version": message([1, 1_000_000]),
    "a varint without end": new Uint8Array(32).fill(0xff).fill(0x12, 0, 1),
  };
  for (const [name, head] of Object.entries(heads)) assertEquals(isOnnx(head), false, name);
});
