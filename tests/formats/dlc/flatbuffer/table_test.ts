import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../../src/errors.ts";
import {
  boolean,
  bytes,
  type Field,
  float32,
  float32s,
  float64,
  int32,
  int32s,
  int64,
  type Table,
  table,
  tables,
  text,
  texts,
  uint32,
  uint32s,
  uint8,
} from "../../../../src/formats/dlc/flatbuffer/mod.ts";
import { encode, openReader, openRoot, words } from "./_buffers.ts";

Deno.test("Table reads what was described, for any values", async () => {
  const single = fc.float({ noNaN: true });
  const values = fc.record({
    flag: fc.boolean(),
    byte: fc.nat(255),
    signed: fc.integer(),
    unsigned: fc.nat(2 ** 32 - 1),
    single,
    long: fc.maxSafeInteger(),
    double: fc.double({ noNaN: true }),
    text: fc.string({ unit: "grapheme" }),
    texts: fc.array(fc.string()),
    bytes: fc.uint8Array(),
    signeds: fc.array(fc.integer()),
    unsigneds: fc.array(fc.nat(2 ** 32 - 1)),
    singles: fc.array(single),
  });
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      const fields: readonly Field[] = [
        boolean(value.flag),
        uint8(value.byte),
        int32(value.signed),
        uint32(value.unsigned),
        float32(value.single),
        int64(value.long),
        float64(value.double),
        text(value.text),
        texts(value.texts),
        bytes(value.bytes),
        int32s(value.signeds),
        uint32s(value.unsigneds),
        float32s(value.singles),
      ];
      const root = await openRoot(await encode(table({ ...fields })));
      assertEquals({
        flag: root.uint8(0) === 1,
        byte: root.uint8(1),
        signed: root.int32(2),
        unsigned: root.uint32(3),
        single: root.float32(4),
        long: root.int64(5),
        double: root.float64(6),
        text: await root.text(7),
        texts: await root.texts(8),
        bytes: await root.bytes(9),
        signeds: await root.int32s(10),
        unsigneds: await root.uint32s(11),
        singles: await root.float32s(12),
      }, { ...value, bytes: Uint8Array.from(value.bytes) });
    }),
    { seed: 2, numRuns: 200 },
  );
});

Deno.test("Table gives defaults for absent fields and slots beyond the vtable", async () => {
  const root = await openRoot(await encode(table({ 1: int32(1) })));
  for (const slot of [0, 2, 30_000]) {
    assertEquals(root.has(slot), false);
    assertEquals([root.uint8(slot), root.int64(slot), root.float64(slot)], [0, 0, 0]);
    assertEquals([await root.text(slot), await root.texts(slot)], ["", []]);
    assertEquals(await root.table(slot), undefined);
    assertEquals(await root.payload(slot, 4), undefined);
  }
});

/** A root table at byte 16 whose vtable says: 8 bytes long, slot 0 at byte 4, and a word in slot 0. */
function rootWith(word: number, ...after: readonly number[]): Uint8Array {
  return words(16, "TEST", 0x0008_0006, 0x0000_0004, 8, word, ...after);
}

const BAD_FIELDS: readonly {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly read: (root: Table) => unknown;
  readonly message: string;
}[] = [
  {
    what: "a field outside its table",
    bytes: rootWith(1),
    read: (root) => root.int64(0),
    message:
      "field 0 of the table at 16: found bytes 4 to 12, expected inside the 8 bytes of the " +
      "table (byte 16)",
  },
  {
    what: "a reference to itself",
    bytes: rootWith(0),
    read: (root) => root.text(0),
    message: "field 0 of the table at 16: found a reference to itself, expected one that leads " +
      "forward (byte 16)",
  },
  {
    what: "a reference past the end",
    bytes: rootWith(4_000_000_000),
    read: (root) => root.text(0),
    message:
      "field 0 of the table at 16: found bytes 4000000020 to 4000000024, expected inside the " +
      "24 bytes of the FlatBuffer (byte 4000000020)",
  },
  {
    what: "a string past the end",
    bytes: rootWith(4, 5, 0),
    read: (root) => root.text(0),
    message:
      "field 0 of the table at 16: found bytes 28 to 33, expected inside the 32 bytes of the " +
      "FlatBuffer (byte 28)",
  },
  {
    what: "a string that is not UTF-8",
    bytes: rootWith(4, 2, 0x0000_fffe),
    read: (root) => root.text(0),
    message: "field 0 of the table at 16: found bytes that are not UTF-8, expected text (byte 16)",
  },
  {
    what: "a huge count of numbers",
    bytes: rootWith(4, -1, 0),
    read: (root) => root.uint32s(0),
    message: "field 0 of the table at 16: found bytes 28 to 17179869208, expected inside the 32 " +
      "bytes of the FlatBuffer (byte 28)",
  },
  {
    what: "a huge payload",
    bytes: rootWith(4, -1, 0),
    read: (root) => root.payload(0, 4),
    message: "field 0 of the table at 16: found bytes 28 to 17179869208, expected inside the 32 " +
      "bytes of the FlatBuffer (byte 28)",
  },
  {
    what: "a vtable before the start",
    bytes: rootWith(4, 2 ** 30, 0),
    read: (root) => root.table(0),
    message: "start of a vtable: found bytes -1073741800 to -1073741796, expected inside the 32 " +
      "bytes of the FlatBuffer (byte 0)",
  },
  {
    what: "a vtable of odd size",
    bytes: rootWith(4, -4, 0x0008_0007),
    read: (root) => root.table(0),
    message: "size of a vtable: found 7, expected an even number from 4 (byte 28)",
  },
  {
    what: "a table that is too small",
    bytes: rootWith(4, -4, 0x0003_0004),
    read: (root) => root.table(0),
    message: "size of a table: found 3, expected at least 4 (byte 28)",
  },
  {
    what: "a vtable past the end",
    bytes: rootWith(4, -4, 0x0004_4000),
    read: (root) => root.table(0),
    message: "vtable: found bytes 32 to 16412, expected inside the 32 bytes of the FlatBuffer " +
      "(byte 32)",
  },
  {
    what: "a table past the end",
    bytes: rootWith(4, -4, 0x4000_0004),
    read: (root) => root.table(0),
    message: "table: found bytes 24 to 16408, expected inside the 32 bytes of the FlatBuffer " +
      "(byte 24)",
  },
];

for (const { what, bytes, read, message } of BAD_FIELDS) {
  Deno.test(`Table refuses ${what}`, async () => {
    const root = await openRoot(bytes);
    const error = await assertRejects(() => Promise.try(() => read(root)), FormatError);
    assertEquals(error.message, `Cannot read "bad.dlc": ${message}`);
  });
}

Deno.test("Table refuses 64-bit integers that a number does not hold", async () => {
  for (
    const [bits, shown] of [[1n << 53n, "9007199254740992"], [-1n << 63n, `${-1n << 63n}`]] as const
  ) {
    const encoded = await encode(table({ 0: int64(1) }));
    new DataView(encoded.buffer).setBigInt64(encoded.indexOf(1, 20), bits, true);
    const root = await openRoot(encoded);
    const error = assertThrows(() => root.int64(0), FormatError);
    assertEquals(
      error.message.replace(/at \d+/, "at N").replace(/byte \d+/, "byte N"),
      `Cannot read "bad.dlc": field 0 of the table at N: found ${shown}, ` +
        "expected an integer below 2^53 (byte N)",
    );
  }
});

Deno.test("FlatBufferReader says where in the file the damage is", async () => {
  const reader = await openReader(rootWith(0), 1000);
  const root = await reader.root();
  const error = await assertRejects(() => root.text(0), FormatError);
  assertEquals(error.offset, 1016);
});

Deno.test("FlatBufferReader refuses a FlatBuffer without a root", async () => {
  for (const bytes of [words(), words(8), words(400, "TEST")]) {
    const reader = await openReader(bytes);
    await assertRejects(() => reader.root(), FormatError, "expected inside the");
  }
});

Deno.test("FlatBufferReader bounds the depth of tables", async () => {
  let nested = table({});
  for (let depth = 0; depth < 65; depth++) nested = table({ 0: nested });
  let item: Table | undefined = await openRoot(await encode(nested));
  const error = await assertRejects(async () => {
    while (item !== undefined) item = await item.table(0);
  }, FormatError);
  assertEquals(
    error.message.replace(/byte \d+/, "byte N"),
    'Cannot read "bad.dlc": depth of nested tables: found 65, expected at most 64 (byte N)',
  );
});

Deno.test("FlatBufferReader bounds the work on subtrees that are reached exponentially often", async () => {
  // 40 tables, each with a vector of two references to the next; the distance to the one vtable grows.
  const levels = 40;
  const tablesAt = (level: number) => 16 + 20 * level;
  const all = new Uint8Array(tablesAt(levels) + 8);
  all.set(words(16, "TEST", 0x0008_0006, 0x0000_0004));
  for (let level = 0; level < levels; level++) {
    all.set(words(tablesAt(level) - 8, 4, 2, 8, 4), tablesAt(level));
  }
  all.set(words(-4, 0x0004_0004), tablesAt(levels));
  const visit = async (item: Table): Promise<void> => {
    for await (const next of item.tables(0)) await visit(next);
  };
  const root = await openRoot(all);
  const error = await assertRejects(() => visit(root), FormatError);
  assertEquals(
    error.message.replace(/found \d+/, "found N").replace(/byte \d+/, "byte N"),
    'Cannot read "bad.dlc": work to read all tables, strings and vectors: found N bytes, expected ' +
      `at most ${16 * all.byteLength} (parts are referred to many times) (byte N)`,
  );
});

Deno.test("FlatBufferReader bounds the reads that jumping references cause", async () => {
  // 1600 references, in turn to 80 tables that lie 64 KiB apart.
  const [jumps, places, step] = [1600, 80, 2 ** 16];
  const leafAt = (jump: number) => 2 ** 16 + (jump % places) * step;
  const bytes = new Uint8Array(leafAt(places - 1) + 12);
  bytes.set(words(16, "TEST", 0x0008_0006, 0x0000_0004, 8, 4, jumps));
  for (let jump = 0; jump < jumps; jump++) {
    const at = 28 + 4 * jump;
    bytes.set(words(leafAt(jump) - at), at);
    bytes.set(words(-4, 0x0004_0004), leafAt(jump));
  }
  const root = await openRoot(bytes);
  const error = await assertRejects(() => Array.fromAsync(root.tables(0)), FormatError);
  assertEquals(
    error.message.replace(/found \d+/, "found N").replace(/byte \d+/, "byte N"),
    'Cannot read "bad.dlc": bytes to read from a FlatBuffer: found N, expected at most ' +
      `${16 * bytes.byteLength} (references jump to and fro) (byte N)`,
  );
});

Deno.test("FlatBufferReader reads tables between payloads of many pages", async () => {
  const parts = Array.from(
    { length: 100 },
    (_, index) => table({ 0: bytes(new Uint8Array(70_000).fill(index)), 1: uint32(index) }),
  );
  const root = await openRoot(await encode(table({ 0: tables(parts) })));
  let index = 0;
  for await (const part of root.tables(0)) {
    const range = await part.payload(0, 1);
    const [first] = [new Uint8Array(1)];
    await range?.source.read(first, range.offset + 69_999);
    assertEquals([part.uint32(1), first[0], range?.byteLength], [index, index, 70_000]);
    index++;
  }
  assertEquals(index, 100);
});
