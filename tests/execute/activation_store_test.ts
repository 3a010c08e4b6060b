import { assertEquals, assertRejects } from "@std/assert";
import { ActivationStore } from "../../src/execute/activation_store.ts";
import { tensor } from "./_small_model.ts";

const MEBIBYTE = 2 ** 20;

Deno.test("ActivationStore gives back what was put in, until its last use", async () => {
  await using store = new ActivationStore({ budget: MEBIBYTE });
  const key = { value: "a", sample: 3 };
  await store.put(key, tensor([2], [1, 2]), [4, 6]);
  assertEquals(await store.read(key), tensor([2], [1, 2]));
  store.release(key);
  assertEquals(await store.read(key), tensor([2], [1, 2]));
  assertEquals(store.heldBytes, 8);
  store.release(key);
  assertEquals(store.heldBytes, 0);
  await assertRejects(() => store.read(key), RangeError, 'The store holds no "a" of sample 3');
});

Deno.test("ActivationStore drops what nobody needs", async () => {
  await using store = new ActivationStore({ budget: MEBIBYTE });
  const key = { value: "a", sample: 0 };
  await store.put(key, tensor([1], [1]), []);
  assertEquals(store.heldBytes, 0);
  await assertRejects(() => store.read(key), RangeError);
});

Deno.test("ActivationStore spills what is needed last, and reads it back", async () => {
  await using store = new ActivationStore({ budget: 32 });
  const soon = tensor([4], [1, 2, 3, 4]);
  const late = tensor([2, 2], [5, 6, 7, 8]);
  await store.put({ value: "late", sample: 0 }, late, [9]);
  await store.put({ value: "soon", sample: 0 }, soon, [1]);
  assertEquals(store.spilledBytes, 0);
  await store.put({ value: "soon", sample: 1 }, soon, [1]);
  assertEquals([store.heldBytes, store.spilledBytes], [32, 16]);
  // "late" is in the file now; "soon" of both samples is the caller's own memory.
  assertEquals((await store.read({ value: "soon", sample: 1 })).data, soon.data);
  assertEquals(await store.read({ value: "late", sample: 0 }), late);
});

Deno.test("ActivationStore spills the samples of one value from the last one on", async () => {
  await using store = new ActivationStore({ budget: 16 });
  const held: unknown[] = [];
  for (const sample of [0, 1, 2]) {
    const data = new Float32Array([sample, sample]);
    await store.put({ value: "a", sample }, { dtype: "float32", shape: [2], data }, [1]);
    held.push(data);
  }
  const found = [0, 1, 2].map(async (sample) =>
    (await store.read({ value: "a", sample })).data === held[sample]
  );
  assertEquals(await Promise.all(found), [true, true, false]);
});

Deno.test("ActivationStore keeps every element type through the file", async () => {
  await using store = new ActivationStore({ budget: 0 });
  const tensors = [
    tensor([2], BigInt64Array.of(-1n, 2n ** 62n), "int64"),
    tensor([3], Uint8Array.of(1, 0, 1), "bool"),
    tensor([1], Uint16Array.of(0x3c00), "float16"),
    tensor([2], Int32Array.of(-5, 5), "int32"),
    tensor([2], [NaN, -0]),
  ];
  for (const [sample, dense] of tensors.entries()) {
    await store.put({ value: "a", sample }, dense, [0]);
  }
  assertEquals(store.heldBytes, 0);
  for (const [sample, dense] of tensors.entries()) {
    assertEquals(await store.read({ value: "a", sample }), dense);
  }
});

Deno.test("ActivationStore uses places in the file again", async () => {
  await using store = new ActivationStore({ budget: 0 });
  for (let sample = 0; sample < 50; sample++) {
    const key = { value: "a", sample };
    await store.put(key, tensor([2], [sample, -sample]), [0]);
    assertEquals((await store.read(key)).data[0], sample);
    store.release(key);
  }
  assertEquals(store.spilledBytes, 8);
});

Deno.test("ActivationStore leaves no file behind", async () => {
  const directory = await Deno.makeTempDir();
  {
    await using store = new ActivationStore({ budget: 0, tempDirectory: directory });
    await store.put({ value: "a", sample: 0 }, tensor([1], [1]), [0]);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(directory)), []);
  await Deno.remove(directory);
});
