import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { scaleChannels } from "../../src/kernels/mod.ts";
import { createFloats, createRandom, inAndOutside } from "./_arrays.ts";

Deno.test("scaleChannels() rounds the double product once, in any layout", () => {
  const inner = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.nat(100), inner, fc.nat(300), fc.nat(), (offset, inner, length, seed) => {
      const channels = 1 + seed % 9;
      const random = createRandom(seed);
      const factors = Float64Array.from({ length: channels }, () => random() * 4 - 2);
      const data = createFloats(length, seed);
      const expected = data.map((value, index) =>
        Math.fround(value * (factors[Math.floor((offset + index) / inner) % channels] ?? NaN))
      );
      inAndOutside(data, (view) => {
        scaleChannels(view, { offset, inner, channels }, factors);
        assertEquals(view, expected);
      });
    }),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("scaleChannels() follows the channels over staging blocks", () => {
  const data = createFloats(40000, 5);
  const factors = new Float64Array([1, -2, 1 / 3]);
  const layout = { offset: 1, inner: 11, channels: 3 };
  inAndOutside(data, (view) => {
    scaleChannels(view, layout, factors);
    const at = 39999;
    const channel = Math.floor((1 + at) / 11) % 3;
    assertEquals(view[at], Math.fround((data[at] ?? NaN) * (factors[channel] ?? NaN)));
    assertEquals(
      view,
      data.map((value, i) => Math.fround(value * (factors[Math.floor((1 + i) / 11) % 3] ?? NaN))),
    );
  });
});

Deno.test("scaleChannels() refuses another number of factors than channels", () => {
  assertThrows(
    () =>
      scaleChannels(
        new Float32Array(4),
        { offset: 0, inner: 1, channels: 4 },
        new Float64Array(3),
      ),
    RangeError,
    "Cannot follow the channels: there are 4, the array has 3 elements",
  );
});
