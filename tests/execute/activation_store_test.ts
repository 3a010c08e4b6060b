import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
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
  const soon = [tensor([4], [1, 2, 3, 4]), tensor([4], [0, 0, 0, 0])];
  const late = tensor([2, 2], [5, 6, 7, 8]);
  const copy = structuredClone(late);
  await store.put({ value: "late", sample: 0 }, late, [9]);
  for (const [sample, dense] of soon.entries()) {
    assertEquals(store.spilledBytes, 0);
    await store.put({ value: "soon", sample }, dense, [1]);
  }
  assertEquals([store.heldBytes, store.spilledBytes], [32, 16]);
  // "late" is in the file now, "soon" of both samples still the caller's own memory.
  for (const [sample, { data }] of soon.entries()) {
    assertStrictEquals((await store.read({ value: "soon", sample })).data, data);
  }
  assertEquals(late.data.length, 0);
  assertEquals(await store.read({ value: "late", sample: 0 }), copy);
});

Deno.test("ActivationStore spills the samples of one value from the last one on", async () => {
  await using store = new ActivationStore({ budget: 16 });
  const tensors = [0, 1, 2].map((sample) => tensor([2], [sample, sample]));
  for (const [sample, dense] of tensors.entries()) {
    await store.put({ value: "a", sample }, dense, [1]);
  }
  assertEquals(tensors.map(({ data }) => data.length), [2, 2, 0]);
});

Deno.test("ActivationStore writes what stays unchanged only once", async () => {
  await using store = new ActivationStore({ budget: 8 });
  const key = { value: "a", sample: 0 };
  await store.put(key, tensor([2], [1, 2]), [1, 5]);
  await store.put({ value: "b", sample: 0 }, tensor([2], [3, 4]), [2, 3]);
  assertEquals([store.heldBytes, store.spilledBytes], [8, 8]);
  assertEquals(await store.read({ value: "b", sample: 0 }), tensor([2], [3, 4]));
  store.release({ value: "b", sample: 0 });
  assertEquals(await store.read(key), tensor([2], [1, 2]));
  store.release(key);
  // Room for a third: "a" (needed at 5) goes, then "b" (at 3), which is in the file already.
  await store.put({ value: "c", sample: 0 }, tensor([2], [5, 6]), [2]);
  assertEquals([store.heldBytes, store.spilledBytes], [8, 16]);
  assertEquals(await store.take({ value: "b", sample: 0 }), tensor([2], [3, 4]));
  assertEquals(await store.take(key), tensor([2], [1, 2]));
  assertEquals(await store.take({ value: "c", sample: 0 }), tensor([2], [5, 6]));
  assertEquals(store.heldBytes, 0);
});

Deno.test("ActivationStore keeps what it read back for one of several uses only while there is room", async () => {
  await using store = new ActivationStore({ budget: 16 });
  const samples = Array.from({ length: 6 }, (_, sample) => sample);
  for (const sample of samples) {
    await store.put({ value: "a", sample }, tensor([2], [sample, -sample]), [1, 2, 3]);
  }
  for (const use of [1, 2, 3]) {
    for (const sample of samples) {
      const { data } = await store.read({ value: "a", sample });
      assertEquals([...data], [sample, -sample], `use ${use}`);
      store.release({ value: "a", sample });
      assert(store.heldBytes <= 16, `${store.heldBytes} bytes`);
    }
  }
  assertEquals(store.heldBytes, 0);
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
    await store.put({ value: "a", sample }, structuredClone(dense), [0]);
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
