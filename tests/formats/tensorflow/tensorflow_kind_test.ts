import { assertEquals } from "@std/assert";
import { tensorflowKind } from "../../../src/formats/tensorflow/mod.ts";
import { graph as onnxGraph } from "./_onnx.ts";
import { message } from "../onnx/_proto.ts";
import { graph, node, placeholder } from "./_graph.ts";
import { TESTDATA } from "./_references.ts";

async function head(path: string): Promise<Uint8Array> {
  return (await Deno.readFile(new URL(path, TESTDATA))).subarray(0, 4096);
}

Deno.test("tensorflowKind() tells what each kind of file holds", async () => {
  assertEquals(tensorflowKind(await head("frozen_layers.pb")), "graph");
  assertEquals(tensorflowKind(await head("saved_model_v1/saved_model.pb")), "saved model");
  assertEquals(tensorflowKind(await head("saved_model_v2/saved_model.pb")), "saved model");
  assertEquals(tensorflowKind(await head("saved_model_keras/saved_model.pb")), "saved model");
  assertEquals(tensorflowKind(await head("checkpoint/model.ckpt.meta")), "meta graph");
  assertEquals(tensorflowKind(graph([placeholder("x", [1]), node("y", "Relu", ["x"])])), "graph");
});

Deno.test("tensorflowKind() recognizes a node whose name fills all that is there", () => {
  const bytes = graph([node("n".repeat(300), "Relu")]);
  assertEquals(tensorflowKind(bytes.subarray(0, 256)), "graph");
});

Deno.test("tensorflowKind() leaves other files alone", async () => {
  assertEquals(tensorflowKind(new Uint8Array()), undefined);
  assertEquals(tensorflowKind(new TextEncoder().encode('name: "net"\nlayer {')), undefined);
  assertEquals(tensorflowKind(new TextEncoder().encode("PK\x03\x04")), undefined);
  assertEquals(tensorflowKind(onnxGraph()), undefined);
  // A caffemodel and a Caffe2 network begin with their name in letters.
  assertEquals(tensorflowKind(message([1, "net"], [100, message([1, "conv"])])), undefined);
  assertEquals(
    tensorflowKind(message([1, "net"], [2, message([1, "data"], [4, "Conv"])])),
    undefined,
  );
  assertEquals(tensorflowKind(await head("saved_model_v1/variables/variables.index")), undefined);
});
