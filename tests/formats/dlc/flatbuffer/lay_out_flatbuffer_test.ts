import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UnsupportedError } from "../../../../src/errors.ts";
import {
  bytes,
  float32,
  float64,
  int32,
  int32s,
  int64,
  layOutFlatBuffer,
  type Payload,
  payload,
  streamFlatBuffer,
  table,
  tables,
  text,
  uint32,
  uint8,
} from "../../../../src/formats/dlc/flatbuffer/mod.ts";
import { encode, openRoot, words } from "./_buffers.ts";

function payloadOf(content: Uint8Array, bytesPerElement = 1): Payload {
  return {
    byteLength: content.byteLength,
    bytesPerElement,
    async *chunks() {
      yield* [content];
    },
  };
}

Deno.test("layOutFlatBuffer writes what the FlatBuffers format prescribes", async () => {
  // One table with an int in slot 1; by hand, after the description of the binary format.
  const expected = words(
    16, // root
    "TEST",
    0x0008_0008, // vtable: its size 8, size of the table 8,
    0x0004_0000, // slot 0 absent, slot 1 at byte 4
    8, // table: distance back to the vtable
    -2, // the int
  );
  assertEquals(await encode(table({ 1: int32(-2) })), expected);
});

Deno.test("layOutFlatBuffer leaves out defaults, but keeps negative zero", async () => {
  const root = await openRoot(
    await encode(table({ 0: int32(0), 1: uint8(0), 2: float32(-0), 3: int64(0) })),
  );
  assertEquals([0, 1, 2, 3].map((slot) => root.has(slot)), [false, false, true, false]);
  assert(Object.is(root.float32(2), -0));
});

Deno.test("layOutFlatBuffer aligns 64-bit numbers to 8", async () => {
  for (let shift = 0; shift < 9; shift++) {
    const root = table({
      0: text("x".repeat(shift)),
      1: table({ 0: uint8(1), 1: int64(2 ** 40), 2: float64(0.1), 3: uint32(7) }),
    });
    const inner = await (await openRoot(await encode(root))).table(1);
    assert(inner !== undefined);
    assertEquals([inner.roomFor(1).aligned8, inner.roomFor(2).aligned8], [true, true]);
    assertEquals([inner.uint8(0), inner.int64(1), inner.float64(2), inner.uint32(3)], [
      1,
      2 ** 40,
      0.1,
      7,
    ]);
  }
});

Deno.test("layOutFlatBuffer lets tables with the same fields share a vtable", async () => {
  const row = (count: number) => table({ 0: tables(Array(count).fill(table({ 0: int32(1) }))) });
  const [three, four] = [await encode(row(3)), await encode(row(4))];
  // A reference and a table with one number; the end is aligned to 8.
  assertEquals(four.byteLength - three.byteLength, 8 + 4 + 4 - three.byteLength % 8);
});

Deno.test("layOutFlatBuffer puts payloads behind all tables and streams them in order", async () => {
  const first = new Uint8Array([1, 2, 3]);
  const second = new Uint8Array(new Float32Array([0.5, -2]).buffer);
  const encoded = await encode(table({
    0: payload(payloadOf(first)),
    1: payload(payloadOf(second, 4)),
    2: text("before both"),
  }));
  const root = await openRoot(encoded);
  assertEquals(await root.bytes(0), first);
  assertEquals(await root.float32s(1), [0.5, -2]);
  const [at, next] = [await root.payload(0, 1), await root.payload(1, 4)];
  assert(at !== undefined && next !== undefined && at.offset < next.offset);
  assert(encoded.indexOf("b".charCodeAt(0)) < at.offset);
  assertEquals([at.offset % 4, next.offset % 4, encoded.byteLength % 8], [0, 0, 0]);
});

Deno.test("layOutFlatBuffer refuses more than 31 bits of offsets before any payload is read", () => {
  const huge = payload({
    byteLength: 2 ** 31,
    bytesPerElement: 1,
    chunks: () => {
      throw new Error("the payload must not be read");
    },
  });
  const error = assertThrows(() => layOutFlatBuffer(table({ 0: huge }), "NETP"), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot write "NETP" as one FlatBuffer: it needs 2147483680 bytes, 2147483647 are the limit; ' +
      "DLC version 4.1 keeps tensors outside of it",
  );
});

Deno.test("layOutFlatBuffer grows for any number of tables", async () => {
  const items = Array.from(
    { length: 20_000 },
    (_, index) => table({ 0: int32(index), 1: text("n") }),
  );
  const root = await openRoot(await encode(table({ 0: tables(items) })));
  let sum = 0;
  for await (const item of root.tables(0)) sum += item.int32(0);
  assertEquals(sum, 20_000 * 19_999 / 2);
});

Deno.test("streamFlatBuffer refuses a payload of another length than announced", async () => {
  const root = table({ 0: payload({ ...payloadOf(new Uint8Array(3)), byteLength: 4 }) });
  const error = await assertRejects(() => encode(root), RangeError);
  assertEquals(error.message, "Cannot write a tensor of 4 bytes: 3 came");
});

Deno.test("streamFlatBuffer gives as many bytes as the layout says", async () => {
  const layout = layOutFlatBuffer(table({ 0: bytes(new Uint8Array(5)), 1: text("é") }), "TEST");
  let byteLength = 0;
  for await (const chunk of streamFlatBuffer(layout)) byteLength += chunk.byteLength;
  assertEquals(byteLength, layout.byteLength);
});

Deno.test("fields refuse numbers that do not fit", () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => uint8(256), "256 in a DLC: expected an integer from 0 to 255"],
    [
      () => int32(2 ** 31),
      "2147483648 in a DLC: expected an integer from -2147483648 to 2147483647",
    ],
    [() => uint32(-1), "-1 in a DLC: expected an integer from 0 to 4294967295"],
    [() => int32s([0.5]), "0.5 in a DLC: expected an integer from -2147483648 to 2147483647"],
    [
      () => int64(2 ** 53),
      "9007199254740992 in a DLC: expected an integer from -9007199254740991 to 9007199254740991",
    ],
  ];
  for (const [make, message] of cases) {
    assertEquals(assertThrows(make, UnsupportedError).message, `Cannot store ${message}`);
  }
});
