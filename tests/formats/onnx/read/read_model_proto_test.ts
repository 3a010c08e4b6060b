import { assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { readModelProto } from "../../../../src/formats/onnx/read/read_model_proto.ts";
import { openSource } from "../../../../src/io/mod.ts";
import { message, model } from "../_proto.ts";

async function read(bytes: Uint8Array) {
  return await readModelProto(await openSource(bytes, { name: "a.onnx" }));
}

const opset = (domain: string, version: number) => [8, message([1, domain], [2, version])] as const;

Deno.test("readModelProto() finds versions, producer, properties, functions and the graph", async () => {
  const bytes = model({}, {
    opset: 17,
    more: [
      [5, 3],
      [14, message([1, "key"], [2, "text"])],
      [25, message([1, "f"], [10, "local"])],
    ],
  });
  const header = await read(bytes);
  assertEquals(header.opset, 17);
  assertEquals(header.producer, "by hand 1.0");
  assertEquals(header.modelVersion, 3);
  assertEquals([...header.properties], [["key", "text"]]);
  assertEquals([...header.functions], ["local:f"]);
  const graph = bytes.subarray(header.graph.offset, header.graph.offset + header.graph.byteLength);
  assertEquals(graph, message([2, "test graph"]));
});

Deno.test("readModelProto() reads IR versions 3 to 14 and opsets 7 to 22", async () => {
  for (const irVersion of [3, 14]) await read(model({}, { irVersion }));
  for (const version of [7, 22]) {
    assertEquals((await read(model({}, { opset: version }))).opset, version);
  }
  await assertRejects(
    () => read(model({}, { irVersion: 2 })),
    UnsupportedError,
    'Cannot read "a.onnx": its IR version is 2; supported are 3 to 14',
  );
  await assertRejects(() => read(model({}, { irVersion: 15 })), UnsupportedError, "is 15;");
  await assertRejects(
    () => read(model({}, { opset: 6 })),
    UnsupportedError,
    'Cannot read "a.onnx": its opset is 6; supported are 7 to 22',
  );
  await assertRejects(() => read(model({}, { opset: 23 })), UnsupportedError, "its opset is 23;");
});

Deno.test("readModelProto() takes the opset of ai.onnx and passes over other domains", async () => {
  const bytes = message([1, 8], [7, message()], opset("ai.onnx", 18), opset("ai.onnx.ml", 3));
  assertEquals((await read(bytes)).opset, 18);
});

Deno.test("readModelProto() refuses contradictions", async () => {
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [
      message([1, 8], opset("", 21)),
      'Cannot read "a.onnx": it has no graph; it is no ONNX model, or cut off',
    ],
    [
      message([1, 8], opset("", 21), [7, message()], [7, message()]),
      'Cannot read "a.onnx": it has two graphs, expected one',
    ],
    [
      message([1, 8], [7, message()]),
      'Cannot read "a.onnx": it states no opset of the default domain',
    ],
    [
      message([1, 8], [7, message()], opset("", 13), opset("ai.onnx", 14)),
      'Cannot read "a.onnx": it states opsets 13 and 14 of the default domain, expected one',
    ],
    [
      message([1, 8], [7, message()], opset("a", 1), opset("a", 2)),
      'Cannot read "a.onnx": it states opsets 1 and 2 of domain "a", expected one',
    ],
  ];
  for (const [bytes, expected] of cases) {
    const error = await assertRejects(() => read(bytes), FormatError);
    assertEquals(error.message, expected);
  }
});
