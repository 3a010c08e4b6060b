import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { allocateTensor, freeTensor, releaseTensor } from "../../src/execute/activation_memory.ts";
import { runModel } from "../../src/execute/mod.ts";
import { allocate } from "../../src/kernels/mod.ts";
import { convolutionNetwork, encoding, noise, samplesOf, tensor } from "./_small_model.ts";

/** Where the next piece of kernel memory would be: the same again if all others are back. */
function nextAddress(): number {
  using buffer = allocate(64);
  return buffer.address;
}

Deno.test("allocateTensor() takes kernel memory, freeTensor() gives it back once", () => {
  const before = nextAddress();
  const first = allocateTensor({ dtype: "float32", shape: [2, 3] });
  assertEquals([first.data.length, first.data.byteOffset], [6, before]);
  freeTensor(first);
  const second = allocateTensor({ dtype: "int64", shape: [3] });
  assertEquals([second.data.length, second.data.byteOffset], [3, before]);
  freeTensor(first);
  assert(nextAddress() !== before);
  freeTensor(second);
  assertStrictEquals(nextAddress(), before);
});

Deno.test("freeTensor() frees memory that is the tensor's alone, not that of others", () => {
  const own = tensor([2], [1, 2]);
  const view = tensor([2], new Float32Array(4).subarray(1, 3));
  freeTensor(own);
  freeTensor(view);
  freeTensor(own);
  assertEquals([own.data.length, view.data.length], [0, 2]);
});

Deno.test("releaseTensor() moves a tensor out of kernel memory", () => {
  const before = nextAddress();
  const inside = allocateTensor({ dtype: "float32", shape: [2] });
  if (inside.data instanceof Float32Array) inside.data.set([3, 4]);
  const outside = releaseTensor(inside);
  assertEquals(outside, tensor([2], [3, 4]));
  assertStrictEquals(nextAddress(), before);
  assertStrictEquals(releaseTensor(outside), outside);
});

Deno.test("runModel() gives all kernel memory back, also when it fails", async () => {
  const before = nextAddress();
  const activations = new Map([["r1", { encodings: [encoding(0.05, 0)] }]]);
  const model = { ...convolutionNetwork(), encodings: { activations, parameters: new Map() } };
  const samples = samplesOf(noise([1, 8, 12, 12], 1), noise([1, 8, 12, 12], 2));
  for (const memoryLimit of [64e6, 1.2e6, 0.6e6]) {
    for await (const { outputs } of runModel(model, samples, { memoryLimit })) outputs.size;
    assertStrictEquals(nextAddress(), before);
    for (const last of [1, 2]) {
      let runs = 0;
      const onProgress = () => {
        if (++runs >= last) throw new Error("enough");
      };
      await assertRejects(
        () => Array.fromAsync(runModel(model, samples, { memoryLimit, onProgress })),
        Error,
        "enough",
      );
      assertStrictEquals(nextAddress(), before);
    }
  }
});
