import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type ChannelMoments, channelMoments } from "../../src/kernels/mod.ts";
import { createRandom, inAndOutside } from "./_arrays.ts";

function moments(channels: number, value = 0): ChannelMoments {
  const make = (first: number) => new Float64Array(channels).fill(first);
  return {
    min: make(Infinity),
    max: make(-Infinity),
    sum: make(value),
    activeSquares: make(value),
    excessSquares: make(value),
    passing: make(value),
  };
}

Deno.test("channelMoments() tells what ReLU6 lets through and cuts", () => {
  inAndOutside(Float32Array.of(-1, 3, 8, 0, 6, 1, 1, 1, 7, 5), (data) => {
    const found = moments(2);
    channelMoments(data, { offset: 0, inner: 5, channels: 2, lower: 0, upper: 6 }, found);
    assertEquals(found, {
      min: Float64Array.of(-1, 1),
      max: Float64Array.of(8, 7),
      sum: Float64Array.of(16, 15),
      activeSquares: Float64Array.of(9 + 36 + 36, 3 + 36 + 25),
      excessSquares: Float64Array.of(4, 1),
      passing: Float64Array.of(1, 4),
    });
  });
});

Deno.test("channelMoments() are those of plain doubles in any layout, also without limits", () => {
  const inner = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }));
  const limits = fc.constantFrom([0, 6], [0, 12], [0, Infinity], [-Infinity, Infinity]);
  fc.assert(
    fc.property(
      fc.nat(100),
      inner,
      fc.nat(300),
      fc.nat(),
      limits,
      (offset, inner, length, seed, [lower = 0, upper = 0]) => {
        const channels = 1 + seed % 9;
        const random = createRandom(seed);
        // Quarters from -4 to 12: all sums are exact, whatever the order.
        const data = Float32Array.from({ length }, () => Math.floor(random() * 64) / 4 - 4);
        const expected = moments(channels, 1);
        data.forEach((value, index) => {
          const channel = Math.floor((offset + index) / inner) % channels;
          const limited = Math.min(Math.max(value, lower), upper);
          expected.min[channel] = Math.min(expected.min[channel]!, value);
          expected.max[channel] = Math.max(expected.max[channel]!, value);
          expected.sum[channel]! += value;
          expected.activeSquares[channel]! += limited ** 2;
          expected.excessSquares[channel]! += value > upper ? (value - upper) ** 2 : 0;
          expected.passing[channel]! += value > lower && value < upper ? 1 : 0;
        });
        inAndOutside(data, (view) => {
          const found = moments(channels, 1);
          assert(channelMoments(view, { offset, inner, channels, lower, upper }, found));
          assertEquals(found, expected);
        });
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});

Deno.test("channelMoments() tells of a number that is not finite, wherever it is", () => {
  const layout = { offset: 0, inner: 7, channels: 3, lower: 0, upper: 6 };
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (let place = 0; place < 21; place++) {
      inAndOutside(new Float32Array(21).fill(1).fill(bad, place, place + 1), (data) => {
        assertEquals(channelMoments(data, layout, moments(3)), false);
      });
    }
  }
  // Also where a sum in single precision would overflow.
  inAndOutside(new Float32Array(21).fill(-3e38).fill(3e38, 10), (data) => {
    assertEquals(channelMoments(data, layout, moments(3)), true);
  });
});

Deno.test("channelMoments() adds in double precision", () => {
  inAndOutside(new Float32Array(40001).fill(Math.fround(0.1)), (data) => {
    const found = moments(1);
    channelMoments(data, { offset: 0, inner: 1, channels: 1, lower: 0, upper: 6 }, found);
    assertAlmostEquals(found.sum[0] ?? NaN, 40001 * Math.fround(0.1), 1e-8);
    assertAlmostEquals(found.activeSquares[0] ?? NaN, 40001 * Math.fround(0.1) ** 2, 1e-8);
  });
});

Deno.test("channelMoments() refuses moments of another number of channels", () => {
  assertThrows(
    () =>
      channelMoments(
        new Float32Array(4),
        { offset: 0, inner: 1, channels: 2, lower: 0, upper: 6 },
        moments(3),
      ),
    RangeError,
    "Cannot follow the channels: there are 2, the array has 3 elements",
  );
});
