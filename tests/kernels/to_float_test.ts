import { assertEquals, assertThrows } from "@std/assert";
import {
  allocate,
  bfloat16ToFloat,
  doubleToFloat,
  halfToFloat,
  integersToFloat,
} from "../../src/kernels/mod.ts";
import { createRandom } from "./_arrays.ts";

/** The number behind a float16 bit pattern, from the format's definition. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

Deno.test("halfToFloat() converts every bit pattern", () => {
  const source = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const target = new Float32Array(65536);
  halfToFloat(source, target);
  target.forEach((value, bits) => {
    if (!Object.is(value, halfValue(bits))) assertEquals(value, halfValue(bits), `bits ${bits}`);
  });
});

Deno.test("halfToFloat() converts at short lengths, in place of kernel memory", () => {
  for (const length of [0, 1, 2, 3, 5, 7]) {
    using input = allocate(length * 2);
    using output = allocate(length * 4 + 4);
    input.uint16().fill(0x3555);
    output.float32().fill(9);
    halfToFloat(input.uint16(), output.float32().subarray(0, length));
    assertEquals([...output.float32()], [...Array(length).fill(0.333251953125), 9]);
  }
});

Deno.test("bfloat16ToFloat() converts every bit pattern", () => {
  const source = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const target = new Float32Array(65536);
  bfloat16ToFloat(source, target);
  const bits = new Uint32Array(target.buffer);
  assertEquals(bits.every((word, pattern) => word === pattern * 65536), true);
  assertEquals(target[0x3fc0], 1.5);
});

Deno.test("doubleToFloat() rounds as Math.fround does", () => {
  const random = createRandom(3);
  const source = Float64Array.from(
    { length: 20001 },
    () => (random() - 0.5) * 2 ** (random() * 300),
  );
  source.set([0.1, -0, 1e39, -Infinity, NaN, 2 ** -150, 1 + 2 ** -24, 1 + 2 ** -24 + 2 ** -50]);
  const target = new Float32Array(source.length);
  doubleToFloat(source, target);
  assertEquals(target, Float32Array.from(source));
  const overlaid = new Float32Array(source.buffer, 0, source.length);
  doubleToFloat(source, overlaid);
  assertEquals(overlaid, target);
});

Deno.test("integersToFloat() converts each type to the nearest float", () => {
  const random = createRandom(4);
  const words = Uint32Array.from({ length: 17003 }, () => random() * 2 ** 32);
  words.set([0, 2 ** 24 + 1, 2 ** 31, 2 ** 32 - 1, 2 ** 24 + 3]);
  const arrays = [
    Uint8Array.from(words),
    Int8Array.from(words),
    Uint16Array.from(words),
    Int16Array.from(words),
    words,
    Int32Array.from(words),
  ];
  for (const source of arrays) {
    const target = new Float32Array(source.length);
    integersToFloat(source, target);
    assertEquals(target, Float32Array.from(source));
  }
});

Deno.test("integersToFloat() rounds 64-bit integers once", () => {
  // Through a double this one would become a tie and go to the even neighbour below.
  const trap = 2n ** 60n + 2n ** 36n + 1n;
  const values = [0n, 1n, -1n, trap, -trap, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 24n + 1n];
  const target = new Float32Array(values.length);
  integersToFloat(BigInt64Array.from(values), target);
  const above = 2 ** 60 + 2 ** 37;
  assertEquals([...target], [0, 1, -1, above, -above, 2 ** 63, -(2 ** 63), 2 ** 24]);
  const unsigned = new Float32Array(3);
  integersToFloat(BigUint64Array.of(2n ** 64n - 1n, trap, 5n), unsigned);
  assertEquals([...unsigned], [2 ** 64, above, 5]);
});

Deno.test("integersToFloat() refuses a target of another length", () => {
  assertThrows(
    () => integersToFloat(new Uint8Array(2), new Float32Array(1)),
    RangeError,
    "Cannot convert 2 elements: the target has 1",
  );
});
