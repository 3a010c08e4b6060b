import { assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../src/errors.ts";
import { openModel, type OpenModelOptions } from "../../src/formats/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { BinaryWriter } from "../io/_protobuf_writer.ts";
import { message, model as onnxModel, node as onnxNode, value } from "./onnx/_proto.ts";
import { graph, node, placeholder } from "./tensorflow/_graph.ts";

/** A net `data -> Relu -> b`, `data -> Foo -> c -> Exp -> d` of Caffe2. */
function caffe2Net(): Uint8Array {
  const writer = new BinaryWriter().uint32(1 << 3 | 2).string("net");
  for (const [type, input, output] of [["Relu", "data", "b"], ["Foo", "data", "c"], ["Exp", "c"]]) {
    writer.uint32(2 << 3 | 2).fork().uint32(1 << 3 | 2).string(input ?? "");
    writer.uint32(2 << 3 | 2).string(output ?? "d").uint32(4 << 3 | 2).string(type ?? "").join();
  }
  return writer.finish();
}

/** A graph of ONNX in which a node chooses between graphs. */
function onnxGraph(...operators: readonly string[]): Uint8Array {
  const attributes = [message([1, "then_branch"], [6, message([2, "body"])], [20, 5])];
  return onnxModel({
    inputs: [value("x", [1, 4])],
    outputs: [value("b", [1, 4]), value("d", [1, 4])],
    nodes: [
      onnxNode("Relu", ["x"], ["b"]),
      onnxNode("If", ["x"], ["c"], { attributes }),
      onnxNode("Exp", ["c"], ["d"]),
      ...operators.map((operator) => onnxNode(operator, ["x"], [operator], { name: "more" })),
    ],
  });
}

const NETWORKS: Readonly<Record<string, readonly [Uint8Array, OpenModelOptions]>> = {
  Caffe: [
    new TextEncoder().encode(
      `input: "data" input_dim: [1, 3, 8, 8]
       layer { name: "b" type: "ReLU" bottom: "data" top: "b" }
       layer { name: "c" type: "Foo" bottom: "data" top: "c" }
       layer { name: "d" type: "Exp" bottom: "c" top: "d" }`,
    ),
    { weights: Uint8Array.of(0x0a, 1, 0x61) },
  ],
  Caffe2: [caffe2Net(), { inputShapes: new Map([["data", [1, 3]]]), weights: caffe2Net() }],
  ONNX: [onnxGraph(), {}],
  TensorFlow: [
    graph([
      placeholder("x", [1, 4]),
      node("b", "Relu", ["x"]),
      node("c", "Foo", ["x"]),
      node("d", "Exp", ["c"]),
    ]),
    {},
  ],
};

for (const [system, [bytes, options]] of Object.entries(NETWORKS)) {
  Deno.test(`openModel() shows the good part of a network of ${system} and adds what is said`, async () => {
    const operators: string[][] = [];
    const checkPart = (part: Model): Promise<void> => {
      operators.push(part.nodes.map(({ operator }) => operator));
      return Promise.reject(new UnsupportedError("the writer's problem"));
    };
    const error = await assertRejects(
      () => openModel(bytes, { ...options, checkPart }),
      UnsupportedError,
    );
    assertEquals(operators, [["Relu"]]);
    assertEquals(error.problems.at(-1), "the writer's problem");
    const alone = await assertRejects(() => openModel(bytes, options), UnsupportedError);
    assertEquals(error.problems.slice(0, -1), alone.problems);
  });
}

Deno.test("openModel() shows no part of a network without problems", async () => {
  const bytes = graph([placeholder("x", [1, 4]), node("b", "Relu", ["x"])]);
  await using model = await openModel(bytes, { checkPart: () => Promise.reject(new Error()) });
  assertEquals(model.nodes.length, 1);
});

Deno.test("openModel() tells unknown operators beside other problems", async () => {
  const error = await assertRejects(
    () => openModel(onnxGraph("Foo"), { checkPart: () => Promise.resolve() }),
    UnsupportedError,
  );
  assertEquals(error.problems, [
    'Cannot read node "c" (If): attribute "then_branch" is a graph (control flow)',
    'Cannot convert node "more": operator "Foo" is not known; docs/operators.md lists ' +
    "those that are",
  ]);
});
