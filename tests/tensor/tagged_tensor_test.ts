import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { openSource } from "../../src/io/mod.ts";
import { readChunks, readDense, referenceTagged } from "../../src/tensor/mod.ts";

/** Elements behind tags, as protobuf has a repeated field that is not packed. */
function tagged(values: readonly number[], { tag = 0x2d, wide = false } = {}): Uint8Array {
  const stride = wide ? 9 : 5;
  const bytes = new Uint8Array(values.length * stride + 1);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0xff;
  for (const [index, value] of values.entries()) {
    const start = 1 + index * stride;
    bytes[start] = tag;
    if (wide) view.setFloat64(start + 1, value, true);
    else view.setFloat32(start + 1, value, true);
  }
  return bytes;
}

async function reference(
  bytes: Uint8Array,
  shape: readonly number[],
  { dtype = "float32" as "float32" | "float64", tag = 0x2d } = {},
) {
  const source = await openSource(bytes, { name: "a.pb" });
  const byteLength = bytes.length - 1;
  return referenceTagged({ name: "w", dtype, shape, source, offset: 1, byteLength, tag });
}

Deno.test("referenceTagged() reads floats and doubles from behind their tags", async () => {
  const floats = await reference(tagged([1, -2.5, 3, 4, 5, 6]), [2, 3]);
  assertEquals(await readDense(floats), {
    dtype: "float32",
    shape: [2, 3],
    data: Float32Array.of(1, -2.5, 3, 4, 5, 6),
  });
  const bytes = tagged([Math.PI, -1e300], { tag: 0x41, wide: true });
  const doubles = await reference(bytes, [2], { dtype: "float64", tag: 0x41 });
  assertEquals([...(await readDense(doubles)).data], [Math.PI, -1e300]);
});

Deno.test("referenceTagged() gives the same elements in chunks of any size", async () => {
  const values = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 4, max: 200 }), async (numbers, chunkBytes) => {
      const tensor = await reference(tagged(numbers), [numbers.length]);
      const found: number[] = [];
      for await (const { offset, data } of readChunks(tensor, { chunkBytes })) {
        assertEquals(offset, found.length);
        found.push(...Array.from(data, Number));
      }
      assertEquals(found, numbers);
    }),
    { seed: 5, numRuns: 50 },
  );
});

Deno.test("referenceTagged() names the byte where another tag is", async () => {
  const bytes = tagged([1, 2, 3]);
  bytes[11] = 0x30;
  const tensor = await reference(bytes, [3]);
  await assertRejects(
    () => readDense(tensor),
    FormatError,
    'Cannot read a repeated field of "a.pb": found tag 48 at byte 11, expected 45 before another element',
  );
});

Deno.test("referenceTagged() refuses a length that does not fit the shape", async () => {
  const source = await openSource(tagged([1, 2, 3]), { name: "a.pb" });
  const range = { name: "w", dtype: "float32", source, offset: 1, tag: 0x2d } as const;
  assertThrows(
    () => referenceTagged({ ...range, shape: [4], byteLength: 15 }),
    FormatError,
    'Cannot read tensor "w" of "a.pb": float32 of shape [4] behind tags takes 20 bytes, the file has 15',
  );
  assertThrows(
    () => referenceTagged({ ...range, shape: [4], byteLength: 20 }),
    FormatError,
    'Cannot read tensor "w" of "a.pb": it takes 20 bytes from byte 1 on, the file has 16',
  );
});
