import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  fromNumbers,
  toIntegers,
  toNumbers,
} from "../../../src/graph/constants/constant_values.ts";

Deno.test("toNumbers() reads half precision from bit patterns", () => {
  const half = {
    dtype: "float16",
    shape: [3],
    data: Uint16Array.of(0x3c00, 0xc000, 0x7bff),
  } as const;
  assertEquals(toNumbers(half), [1, -2, 65504]);
  const brain = { dtype: "bfloat16", shape: [2], data: Uint16Array.of(0x3f80, 0xc040) } as const;
  assertEquals(toNumbers(brain), [1, -3]);
});

Deno.test("toNumbers() saturates 64-bit integers", () => {
  const data = BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 7n);
  assertEquals(toNumbers({ dtype: "int64", shape: [3], data }), [
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    7,
  ]);
});

Deno.test("toIntegers() truncates toward zero", () => {
  const data = Float32Array.of(1.9, -1.9);
  assertEquals(toIntegers({ dtype: "float32", shape: [2], data }), [1, -1]);
});

Deno.test("fromNumbers() rounds to half precision, ties to even", () => {
  const half = fromNumbers([1, 1 + 2 ** -11, 1 + 3 * 2 ** -11], { dtype: "float16", shape: [3] });
  assertEquals(Array.from(half?.data ?? [], Number), [0x3c00, 0x3c00, 0x3c02]);
  const brain = fromNumbers([1 + 2 ** -8, 1 + 3 * 2 ** -8], { dtype: "bfloat16", shape: [2] });
  assertEquals(Array.from(brain?.data ?? [], Number), [0x3f80, 0x3f82]);
});

Deno.test("fromNumbers() refuses what is no integer for integer types", () => {
  assertEquals(fromNumbers([NaN], { dtype: "int32", shape: [1] }), undefined);
  assertEquals(fromNumbers([2 ** 53], { dtype: "int64", shape: [1] }), undefined);
});

Deno.test("fromNumbers() and toNumbers() are inverse for what a type can hold", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -128, max: 127 })), (numbers) => {
      for (const dtype of ["int8", "int64", "float32", "float16", "bfloat16"] as const) {
        const tensor = fromNumbers(numbers, { dtype, shape: [numbers.length] });
        assertEquals(tensor && toNumbers(tensor), numbers);
      }
    }),
    { seed: 7 },
  );
});
