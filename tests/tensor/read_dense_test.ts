import { assertEquals, assertRejects } from "@std/assert";
import { MemoryLimitError } from "../../src/errors.ts";
import { MemorySource } from "../../src/io/mod.ts";
import { readDense, referenceDense, referenceRange } from "../../src/tensor/mod.ts";

Deno.test("readDense() gives memory of its own", async () => {
  const data = new Int16Array([1, 2, 3]);
  const reference = referenceDense("t", { dtype: "int16", shape: [3], data });
  const dense = await readDense(reference, { chunkBytes: 2 });
  assertEquals(dense, { dtype: "int16", shape: [3], data: new Int16Array([1, 2, 3]) });
  data[0] = 9;
  assertEquals(dense.data[0], 1);
});

Deno.test("readDense() unpacks 4-bit integers", async () => {
  const source = new MemorySource(new Uint8Array([0x8f, 0x07]), "w.bin");
  const stored = { name: "t", shape: [3], source, offset: 0 };
  const signed = referenceRange({ ...stored, dtype: "int4" });
  assertEquals((await readDense(signed)).data, new Int8Array([-1, -8, 7]));
  const unsigned = referenceRange({ ...stored, dtype: "uint4" });
  assertEquals((await readDense(unsigned)).data, new Uint8Array([15, 8, 7]));
});

Deno.test("readDense() refuses tensors beyond its bound", async () => {
  const source = new MemorySource(new Uint8Array(8192), "w.bin");
  const stored = { name: "w", dtype: "float32", shape: [2, 1024], source, offset: 0 } as const;
  await assertRejects(
    () => readDense(referenceRange(stored), { maxBytes: 8191 }),
    MemoryLimitError,
    'Cannot hold tensor "w": float32 of shape [2,1024] takes 8192 bytes, at most 8191 are allowed',
  );
  await readDense(referenceRange(stored), { maxBytes: 8192 });
});
