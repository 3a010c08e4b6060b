import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import {
  MemorySource,
  type ProtobufField,
  type ProtobufOptions,
  readProtobufFields,
} from "../../src/io/mod.ts";
import { BinaryWriter } from "./_protobuf_writer.ts";

class CountingSource extends MemorySource {
  bytesRead = 0;
  override read(target: Uint8Array, position: number): Promise<void> {
    this.bytesRead += target.length;
    return super.read(target, position);
  }
}

function sourceOf(bytes: Uint8Array | readonly number[]): CountingSource {
  return new CountingSource(Uint8Array.from(bytes), "m.onnx");
}

async function collect<T>(
  source: MemorySource,
  read: (field: ProtobufField) => T,
  options: ProtobufOptions = {},
): Promise<T[]> {
  const results: T[] = [];
  const range = { offset: 0, byteLength: source.byteLength };
  const named = { message: "Model", ...options };
  for await (const field of readProtobufFields(source, range, named)) results.push(read(field));
  return results;
}

/** The fields of a small message; all are loaded, so they stay valid. */
function fieldsOf(bytes: Uint8Array, message?: string): Promise<ProtobufField[]> {
  return collect(sourceOf(bytes), (field) => field, message === undefined ? {} : { message });
}

Deno.test("readProtobufFields() gives numbers, wire types and values", async () => {
  const bytes = new BinaryWriter()
    .tag(1, 0).int64(-5)
    .tag(2, 5).float(0.5)
    .tag(3, 1).double(-1e300)
    .tag(4, 2).string("größe")
    .tag(5, 0).uint64("18446744073709551615")
    .tag(6, 0).bool(true)
    .tag(536870911, 0).int32(300)
    .finish();
  const values = await collect(sourceOf(bytes), (field) => {
    switch (field.number) {
      case 1:
        return field.integer();
      case 2:
        return field.float();
      case 3:
        return field.double();
      case 4:
        return field.string();
      case 5:
        return field.bigint();
      case 6:
        return field.boolean();
      default:
        return [field.number, field.unsigned()];
    }
  });
  assertEquals(values, [-5, 0.5, -1e300, "größe", -1n, true, [536870911, 300]]);
});

Deno.test("readProtobufFields() does not load large payloads", async () => {
  const large = new Uint8Array(5_000_000).fill(7);
  const bytes = new BinaryWriter()
    .tag(9, 2).bytes(large)
    .tag(8, 2).string("name")
    .tag(9, 2).bytes(large)
    .finish();
  const source = sourceOf(bytes);
  const fields = await collect(source, (field) => ({
    loaded: field.loaded,
    offset: field.offset,
    byteLength: field.byteLength,
  }));
  assertEquals(fields.map(({ loaded }) => loaded), [false, true, false]);
  assertEquals(fields.map(({ byteLength }) => byteLength), [5_000_000, 4, 5_000_000]);
  assertEquals(bytes[fields[2]!.offset - 1]! < 128, true);
  assertEquals(bytes.subarray(fields[2]!.offset).length, 5_000_000);
  assert(source.bytesRead < 40_000, String(source.bytesRead));
});

Deno.test("readProtobufFields() walks nested messages of any size alike", async () => {
  const node = new BinaryWriter().tag(1, 2).string("x").tag(4, 2).string("Relu").finish();
  const tensor = new BinaryWriter().tag(1, 0).int64(3).tag(9, 2).bytes(new Uint8Array(100_000))
    .tag(8, 2).string("w").finish();
  const graph = new BinaryWriter().tag(1, 2).bytes(node).tag(5, 2).bytes(tensor).finish();
  const source = sourceOf(new BinaryWriter().tag(7, 2).bytes(graph).finish());
  const seen: unknown[] = [];
  const range = { offset: 0, byteLength: source.byteLength };
  for await (const model of readProtobufFields(source, range)) {
    for await (const part of readProtobufFields(model.source, model, { message: "Graph" })) {
      for await (const field of readProtobufFields(part.source, part, { message: "Part" })) {
        seen.push([part.number, field.number, field.loaded, field.byteLength]);
      }
    }
  }
  assertEquals(seen, [
    [1, 1, true, 1],
    [1, 4, true, 4],
    [5, 1, true, 1],
    [5, 9, false, 100_000],
    [5, 8, true, 1],
  ]);
  // One window for the whole, one after the tensor's data.
  assert(source.bytesRead < 40_000, String(source.bytesRead));
});

Deno.test("readProtobufFields() gives the same for any inline size", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 60_000, size: "max" }), { maxLength: 12 }),
      fc.nat(70_000),
      async (payloads, inlineBytes) => {
        const writer = new BinaryWriter();
        for (const payload of payloads) writer.tag(3, 2).bytes(payload);
        const bytes = writer.finish();
        const got = await collect(sourceOf(bytes), (field) => {
          assertEquals(field.loaded || field.byteLength > inlineBytes, true);
          return bytes.slice(field.offset, field.end);
        }, { inlineBytes });
        assertEquals(got, payloads);
      },
    ),
    { seed: 11, numRuns: 30 },
  );
});

Deno.test("ProtobufField reads repeated numbers, packed and single", async () => {
  const packed = new BinaryWriter()
    .tag(1, 2).fork().int64(1).int64(-1).int64(300).join()
    .tag(2, 2).fork().float(0.5).float(-2).join()
    .tag(3, 2).fork().double(0.1).join()
    .tag(1, 0).int64(9).tag(2, 5).float(4).tag(3, 1).double(5)
    .tag(1, 2).fork().join()
    .finish();
  const [integers, floats, doubles, integer, float, double, none] = await fieldsOf(packed);
  assertEquals(integers!.integers(), [1, -1, 300]);
  assertEquals(integers!.bigints(), [1n, -1n, 300n]);
  assertEquals(floats!.floats(), [0.5, -2]);
  assertEquals(doubles!.doubles(), [0.1]);
  assertEquals(integer!.integers(), [9]);
  assertEquals(integer!.bigints(), [9n]);
  assertEquals(float!.floats(), [4]);
  assertEquals(double!.doubles(), [5]);
  assertEquals(none!.integers(), []);
});

Deno.test("ProtobufField.fields() walks a nested message in memory", async () => {
  const bytes = new BinaryWriter()
    .tag(1, 2).fork().tag(2, 0).int32(1).tag(2, 0).int32(2).join()
    .finish();
  const [outer] = await fieldsOf(bytes);
  assertEquals([...outer!.fields("Inner")].map((field) => field.integer()), [1, 2]);
});

Deno.test("readProtobufFields() refuses what is no protobuf", async () => {
  const cases: [number[], string][] = [
    [[0x0b], "groups are not supported"],
    [[0x0c], "groups are not supported"],
    [[0x0e], "illegal tag: field no 1 wire type 6"],
    [[0x00], "illegal tag: field no 0 wire type 0"],
    [[0x80], "premature EOF"],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "illegal tag: varint overflows uint32"],
    [[0x08, 0x80], "a varint is cut off"],
    [[0x08, ...Array(10).fill(0x80), 0x01], "a varint has more than 64 bits"],
    [[0x08, ...Array(9).fill(0xff), 0x02], "a varint has more than 64 bits"],
    [[0x0a, ...Array(10).fill(0xff), 0x01], "a varint has more than 64 bits"],
  ];
  for (const [bytes, reason] of cases) {
    const source = sourceOf([0x10, 0x01, ...bytes]);
    const error = await assertRejects(
      () => collect(source, () => 0),
      FormatError,
      `Cannot read Model of "m.onnx": expected a protobuf field at byte 2, found none (${reason})`,
    );
    assertEquals(error.offset, 2);
  }
});

Deno.test("readProtobufFields() refuses fields that leave their message", async () => {
  const cases: [number[], string][] = [
    [[0x0a, 5, 1, 2], "field 1 at byte 2 needs 5 bytes, the message ends 2 bytes on"],
    [[0x0d, 1, 2], "field 1 at byte 1 needs 4 bytes, the message ends 2 bytes on"],
    [[0x09, 1, 2], "field 1 at byte 1 needs 8 bytes, the message ends 2 bytes on"],
    // A length of 2^32 + 5 must not pass for 5.
    [
      [0x0a, 0x85, 0x80, 0x80, 0x80, 0x10, 1, 2, 3, 4, 5],
      "field 1 at byte 6 needs 4294967301 bytes, the message ends 5 bytes on",
    ],
    [
      [0x0a, ...Array(9).fill(0xff), 0x01, 1],
      "field 1 at byte 11 needs 18446744073709552000 bytes, the message ends 1 bytes on",
    ],
  ];
  for (const [bytes, problem] of cases) {
    await assertRejects(
      () => collect(sourceOf(bytes), () => 0),
      FormatError,
      `Cannot read Model of "m.onnx": ${problem}`,
    );
  }
  // The bytes are there, but belong to what follows the message.
  const nested = Uint8Array.from([0x0a, 2, 0x0a, 5, 0x12, 3, 1, 2, 3]);
  const [outer] = await fieldsOf(nested);
  assertThrows(
    () => [...outer!.fields("Inner")],
    FormatError,
    'Cannot read Inner of "m.onnx": field 1 at byte 4 needs 5 bytes, the message ends 0 bytes on',
  );
  // So is the rest of a varint that the message cuts.
  const cut = Uint8Array.from([0x0a, 2, 0x08, 0x80, 0x01]);
  const [message] = await fieldsOf(cut.subarray(0, 4));
  assertThrows(() => [...message!.fields("Inner")], FormatError, "a varint is cut off");
  const [whole] = await fieldsOf(Uint8Array.from([0x0a, 2, 0x08, 0x80, 0x08, 0x01]));
  assertThrows(() => [...whole!.fields("Inner")], FormatError, "the message ends 1 bytes on");
});

Deno.test("readProtobufFields() refuses a range outside the file", async () => {
  const source = sourceOf([0x08, 0x01]);
  await assertRejects(
    async () => {
      for await (const _ of readProtobufFields(source, { offset: 0, byteLength: 3 }));
    },
    FormatError,
    'Cannot read 3 bytes at byte 0 of "m.onnx": it has 2 bytes',
  );
});

Deno.test("ProtobufField refuses a value of another kind", async () => {
  const bytes = new BinaryWriter().tag(4, 0).int32(1).tag(5, 2).string("x").finish();
  const [number, text] = await fieldsOf(bytes, "Node");
  const at = (field: number, byte: number) =>
    `Cannot read Node of "m.onnx": field ${field} at byte ${byte}`;
  const varint = `${at(4, 1)} is stored as a varint`;
  assertThrows(() => number!.string(), FormatError, `${varint}, expected a length and bytes`);
  assertThrows(() => number!.bytes(), FormatError, `${varint}, expected a length and bytes`);
  assertThrows(() => [...number!.fields()], FormatError, `${varint}, expected a length and bytes`);
  assertThrows(() => number!.float(), FormatError, `${varint}, expected four bytes`);
  assertThrows(() => number!.double(), FormatError, `${varint}, expected eight bytes`);
  const bytesKind = `${at(5, 4)} is stored as a length and bytes`;
  assertThrows(() => text!.integer(), FormatError, `${bytesKind}, expected a varint`);
  assertThrows(() => text!.boolean(), FormatError, `${bytesKind}, expected a varint`);
});

Deno.test("ProtobufField refuses values it cannot give exactly", async () => {
  const bytes = new BinaryWriter()
    .tag(1, 0).int64("9223372036854775807")
    .tag(2, 2).bytes(Uint8Array.from([0xc3, 0x28]))
    .tag(3, 2).bytes(new Uint8Array(7))
    .tag(4, 2).bytes(Uint8Array.from([0x01, 0x80]))
    .tag(5, 0).int32(1)
    .finish();
  const [large, text, floats, varints] = await fieldsOf(bytes, "Node");
  assertThrows(
    () => large!.integer(),
    FormatError,
    'Cannot read Node of "m.onnx": field 1 at byte 1 is 9223372036854775807, expected an integer below 2^53',
  );
  assertThrows(() => large!.unsigned(), FormatError, "expected an integer below 2^53");
  assertThrows(() => text!.string(), FormatError, "is not UTF-8 text");
  assertThrows(() => floats!.floats(), FormatError, "has 7 bytes, expected a multiple of 4");
  assertThrows(() => floats!.doubles(), FormatError, "has 7 bytes, expected a multiple of 8");
  assertThrows(() => varints!.integers(), FormatError, "ends within a number");
});

Deno.test("ProtobufField refuses to load what is larger than expected", async () => {
  const bytes = new BinaryWriter().tag(1, 2).bytes(new Uint8Array(70_000)).finish();
  await assertRejects(
    () => collect(sourceOf(bytes), (field) => field.string()),
    FormatError,
    'Cannot read Model of "m.onnx": field 1 at byte 4 has 70000 bytes, more than expected for its kind',
  );
});

Deno.test("readProtobufFields() refuses messages nested too deep", async () => {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let depth = 0; depth < 200; depth++) {
    bytes = new BinaryWriter().tag(1, 2).bytes(bytes).finish();
  }
  function descend(field: ProtobufField): void {
    for (const inner of field.fields("Graph")) descend(inner);
  }
  const message =
    /^Cannot read Graph of "m\.onnx": the message at byte \d+ is nested more than 100 levels deep$/;
  const [outer] = await fieldsOf(bytes);
  const error = assertThrows(() => descend(outer!), FormatError);
  assert(message.test(error.message), error.message);

  async function descendLarge(source: MemorySource, range: ProtobufField): Promise<void> {
    for await (const field of readProtobufFields(source, range, { message: "Graph" })) {
      await descendLarge(source, field);
    }
  }
  // Padded, so that no level is loaded.
  let large: Uint8Array = new Uint8Array(100_000);
  for (let depth = 0; depth < 200; depth++) {
    large = new BinaryWriter().tag(1, 2).bytes(large).finish();
  }
  const source = sourceOf(large);
  const failure = await assertRejects(async () => {
    const range = { offset: 0, byteLength: source.byteLength };
    for await (const field of readProtobufFields(source, range)) await descendLarge(source, field);
  }, FormatError);
  assert(message.test(failure.message), failure.message);
});

Deno.test("readProtobufFields() survives any bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      try {
        await collect(sourceOf(bytes), (field) => {
          if (field.wireType === 2 && field.number % 2 === 0) [...field.fields()];
          else if (field.wireType === 2) field.integers();
          else if (field.wireType === 0) field.bigint();
        });
      } catch (error) {
        assert(error instanceof FormatError, String(error));
      }
    }),
    { seed: 5, numRuns: 2000 },
  );
});

Deno.test("readProtobufFields() ends with its signal", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const source = new MemorySource(new Uint8Array([0x08, 1]), "m.onnx");
  await assertRejects(
    async () => {
      for await (
        const _ of readProtobufFields(source, { offset: 0, byteLength: 2 }, { signal })
      );
    },
    Error,
    "enough",
  );
});
