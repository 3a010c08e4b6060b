import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { channelSums } from "../../src/kernels/mod.ts";
import { createRandom, inAndOutside } from "./_arrays.ts";

Deno.test("channelSums() adds each channel in any layout, exactly where doubles are exact", () => {
  const inner = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.nat(100), inner, fc.nat(300), fc.nat(), (offset, inner, length, seed) => {
      const channels = 1 + seed % 9;
      const random = createRandom(seed);
      // Multiples of 2^-20 below 2^10: their sums fit a double, whatever the order.
      const data = Float32Array.from({ length }, () => Math.fround(random() * 2048 - 1024))
        .map((value) => Math.round(value * 2 ** 10) / 2 ** 10);
      const expected = new Float64Array(channels).fill(0.25);
      data.forEach((value, index) => {
        const channel = Math.floor((offset + index) / inner) % channels;
        expected[channel] = (expected[channel] ?? NaN) + value;
      });
      inAndOutside(data, (view) => {
        const sums = new Float64Array(channels).fill(0.25);
        channelSums(view, { offset, inner, channels }, sums);
        assertEquals(sums, expected);
      });
    }),
    { seed: 4, numRuns: 300 },
  );
});

Deno.test("channelSums() keeps what a float would lose", () => {
  const data = new Float32Array(40000).fill(Math.fround(0.1));
  data[0] = 2 ** 24;
  inAndOutside(data, (view) => {
    const sums = new Float64Array(1);
    channelSums(view, { offset: 0, inner: 1, channels: 1 }, sums);
    assertAlmostEquals(sums[0] ?? NaN, 2 ** 24 + 39999 * Math.fround(0.1), 1e-6);
  });
});
