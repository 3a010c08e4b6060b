import { assertEquals, assertStrictEquals } from "@std/assert";
import { KeptTensors } from "../../src/evaluate/kept_tensors.ts";
import type { DenseTensor } from "../../src/tensor/mod.ts";

function tensor(...numbers: number[]): DenseTensor {
  return { dtype: "float32", shape: [numbers.length], data: Float32Array.from(numbers) };
}

Deno.test("KeptTensors keeps what fits the budget and files the rest", async () => {
  await using kept = new KeptTensors({ budget: 12 });
  const [a, b, c] = [tensor(1, 2), tensor(3, 4), tensor(5)];
  await kept.put("a", a);
  await kept.put("b", b);
  await kept.put("c", c);
  assertStrictEquals(await kept.read("a"), a);
  assertStrictEquals(await kept.read("c"), c);
  const filed = await kept.read("b");
  assertEquals(filed, b);
  assertEquals(filed === b, false);
  assertEquals(await kept.read("d"), undefined);
});

Deno.test("KeptTensors files elements of every size", async () => {
  await using kept = new KeptTensors({ budget: 0 });
  const long = { dtype: "int64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) } as const;
  const byte = { dtype: "uint8", shape: [3], data: Uint8Array.of(1, 2, 255) } as const;
  await kept.put("long", long);
  await kept.put("byte", byte);
  assertEquals([await kept.read("byte"), await kept.read("long")], [byte, long]);
});
