import { assertEquals } from "@std/assert";
import { floatToHalf, halfToFloat } from "../../src/kernels/mod.ts";
import { createRandom, inAndOutside } from "./_arrays.ts";

Deno.test("floatToHalf() reverses halfToFloat() for every number", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const floats = new Float32Array(65536);
  halfToFloat(halves, floats);
  inAndOutside(floats, (view) => {
    const back = new Uint16Array(65536);
    floatToHalf(view, back);
    back.forEach((bits, index) => {
      const expected = Number.isNaN(floats[index]) ? index | 0x200 : index;
      const got = Number.isNaN(floats[index]) ? bits | (index & 0x1ff) : bits;
      if (got !== expected) assertEquals(got, expected);
    });
  });
});

Deno.test("floatToHalf() takes ties to even and steps over nothing in between", () => {
  const cases: [number, number][] = [
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -23, 0x3c01],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [-1e30, 0xfc00],
    [Infinity, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [-(2 ** -149), 0x8000],
    [2 ** -14 - 2 ** -26, 0x0400],
    [-0, 0x8000],
  ];
  const target = new Uint16Array(cases.length);
  floatToHalf(Float32Array.from(cases, ([value]) => value), target);
  assertEquals([...target], cases.map(([, bits]) => bits));
});

Deno.test("floatToHalf() gives the nearest of all halves for random floats", () => {
  const halves = Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits);
  const values = new Float32Array(0x7c00);
  halfToFloat(halves, values);
  const random = createRandom(8);
  const data = Float32Array.from({ length: 5000 }, () => random() * 2 ** (random() * 40 - 25));
  const target = new Uint16Array(5000);
  floatToHalf(data, target);
  data.forEach((value, index) => {
    const bits = target[index] ?? 0;
    const distance = Math.abs((values[bits] ?? Infinity) - value);
    const below = Math.abs((values[bits - 1] ?? Infinity) - value);
    const above = Math.abs((values[bits + 1] ?? Infinity) - value);
    assertEquals(distance <= below && distance <= above, true, `${value} became ${bits}`);
  });
});
