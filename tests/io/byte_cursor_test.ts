import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { ByteCursor, MemorySource } from "../../src/io/mod.ts";

const BYTES = Uint8Array.from({ length: 600_000 }, (_, index) => index * 131 >> 5 & 255);
const SOURCE = new MemorySource(BYTES, "a.bin");

/** Counts what is read from a source. */
class CountingSource extends MemorySource {
  reads = 0;
  bytes = 0;
  override read(target: Uint8Array, position: number): Promise<void> {
    this.reads++;
    this.bytes += target.length;
    return super.read(target, position);
  }
}

Deno.test("ByteCursor reads any steps and jumps as they lie in the source", async () => {
  const step = fc.tuple(fc.nat(3), fc.nat(70_000), fc.nat(400_000));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 100_000 }),
      async (steps, windowBytes) => {
        const cursor = new ByteCursor(SOURCE, { offset: 1000, byteLength: 500_000 }, {
          windowBytes,
        });
        for (const [kind, count, jump] of steps) {
          if (kind === 0) cursor.seek(1000 + jump);
          const length = Math.min(kind === 1 ? count % 10 : count, cursor.remaining);
          const { position } = cursor;
          assertEquals(await cursor.bytes(length), BYTES.subarray(position, position + length));
          assertEquals(cursor.position, position + length);
        }
      },
    ),
    { seed: 3, numRuns: 60 },
  );
});

Deno.test("ByteCursor reads ahead while reading on, and little after a jump", async () => {
  const source = new CountingSource(BYTES, "a.bin");
  const cursor = new ByteCursor(source);
  for (let count = 0; count < 50_000; count++) await cursor.bytes(4);
  assertEquals(source.reads, 3);
  cursor.seek(500_000);
  const before = source.bytes;
  await cursor.bytes(4);
  assertEquals(source.bytes - before, 16 * 1024);
});

Deno.test("ByteCursor never reads beyond its range", async () => {
  const cursor = new ByteCursor(SOURCE, { offset: 10, byteLength: 20 });
  assertEquals((await cursor.bytes(20)).length, 20);
  assertEquals(cursor.window.bytes.length, 20);
  await assertRejects(
    () => cursor.bytes(1),
    FormatError,
    'Cannot read 1 bytes at byte 30 of "a.bin": the part being read ends at byte 30',
  );
  for (const position of [9, 31, NaN]) {
    assertThrows(
      () => cursor.seek(position),
      FormatError,
      `Cannot go to byte ${position} of "a.bin": the part being read spans bytes 10 to 30`,
    );
  }
  for (const count of [-1, NaN, 21]) {
    cursor.seek(10);
    await assertRejects(() => cursor.bytes(count), FormatError, `Cannot read ${count} bytes`);
  }
});

Deno.test("ByteCursor refuses a range outside the source", () => {
  assertThrows(
    () => new ByteCursor(SOURCE, { offset: 599_999, byteLength: 2 }),
    FormatError,
    'Cannot read 2 bytes at byte 599999 of "a.bin": it has 600000 bytes',
  );
});

Deno.test("ByteCursor uses a window that is there already", async () => {
  const source = new CountingSource(BYTES, "a.bin");
  const window = { offset: 100, bytes: BYTES.subarray(100, 200) };
  const cursor = new ByteCursor(source, { offset: 150, byteLength: 100 }, { window });
  assertEquals(await cursor.bytes(50), BYTES.subarray(150, 200));
  assertEquals(source.reads, 0);
  assertEquals(await cursor.bytes(50), BYTES.subarray(200, 250));
  assertEquals(source.reads, 1);
});
