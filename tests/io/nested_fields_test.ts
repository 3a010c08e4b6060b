import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import {
  MemorySource,
  nestedFields,
  type ProtobufField,
  readProtobufFields,
  shortText,
} from "../../src/io/mod.ts";
import { BinaryWriter } from "./_protobuf_writer.ts";

/** A message of one field that holds a message of one text. */
function messageOf(text: string): MemorySource {
  const bytes = new BinaryWriter().tag(7, 2).fork().tag(1, 2).string(text).join().finish();
  return new MemorySource(bytes, "m.onnx");
}

async function textsOf(source: MemorySource, inlineBytes: number): Promise<string[]> {
  const texts: string[] = [];
  const range = { offset: 0, byteLength: source.byteLength };
  for await (const outer of readProtobufFields(source, range, { inlineBytes })) {
    const inner: Iterable<ProtobufField> | AsyncIterable<ProtobufField> = nestedFields(
      outer,
      "NodeProto",
      { inlineBytes },
    );
    for await (const field of inner) texts.push(shortText(field, "the name of a node"));
  }
  return texts;
}

Deno.test("nestedFields() reads a message that came along, and one that did not", async () => {
  const text = "conv".repeat(50);
  assertEquals(await textsOf(messageOf(text), 1024), [text]);
  // The message has 203 bytes, its text 200.
  assertEquals(await textsOf(messageOf(text), 201), [text]);
});

Deno.test("shortText() refuses what is too long for a name", async () => {
  await assertRejects(
    () => textsOf(messageOf("x".repeat(65_537)), 65_536),
    FormatError,
    'Cannot read "m.onnx": the name of a node at byte 8 has 65537 bytes, expected at most 65536',
  );
});
