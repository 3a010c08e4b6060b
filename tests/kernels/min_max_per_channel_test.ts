import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type ChannelLayout, minMaxPerChannel } from "../../src/kernels/mod.ts";
import { createFloats, inAndOutside } from "./_arrays.ts";

/** Any channel layout with small numbers. */
const layouts: fc.Arbitrary<ChannelLayout> = fc.record({
  offset: fc.nat(100),
  inner: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
  channels: fc.integer({ min: 1, max: 11 }),
});

function emptyRanges(channels: number) {
  return {
    min: new Float64Array(channels).fill(Infinity),
    max: new Float64Array(channels).fill(-Infinity),
  };
}

function expectedRanges(data: Float32Array, { offset, inner, channels }: ChannelLayout) {
  const ranges = emptyRanges(channels);
  data.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    const channel = Math.floor((offset + index) / inner) % channels;
    ranges.min[channel] = Math.min(ranges.min[channel] ?? NaN, value);
    ranges.max[channel] = Math.max(ranges.max[channel] ?? NaN, value);
  });
  return ranges;
}

Deno.test("minMaxPerChannel() finds the range of each channel in any layout", () => {
  fc.assert(
    fc.property(layouts, fc.nat(300), fc.nat(), (layout, length, seed) => {
      const data = createFloats(length, seed).map((value) => value + 0);
      inAndOutside(data, (view) => {
        const ranges = emptyRanges(layout.channels);
        assertEquals(minMaxPerChannel(view, layout, ranges), true);
        assertEquals(ranges, expectedRanges(data, layout));
      });
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("minMaxPerChannel() gives the same for pieces as for the whole", () => {
  fc.assert(
    fc.property(layouts, fc.nat(300), (layout, cut) => {
      const data = createFloats(300, cut);
      const pieces = emptyRanges(layout.channels);
      minMaxPerChannel(data.subarray(0, cut), layout, pieces);
      minMaxPerChannel(
        data.subarray(cut),
        { ...layout, offset: layout.offset + cut },
        pieces,
      );
      const whole = emptyRanges(layout.channels);
      minMaxPerChannel(data, layout, whole);
      assertEquals(pieces, whole);
    }),
    { seed: 2, numRuns: 200 },
  );
});

Deno.test("minMaxPerChannel() follows the channels over staging blocks", () => {
  const data = createFloats(40000, 3);
  for (const inner of [1, 7, 30000]) {
    const layout = { offset: 5, inner, channels: 3 };
    inAndOutside(data, (view) => {
      const ranges = emptyRanges(3);
      minMaxPerChannel(view, layout, ranges);
      assertEquals(ranges, expectedRanges(data, layout));
    });
  }
});

Deno.test("minMaxPerChannel() widens ranges of floats as well", () => {
  const ranges = { min: new Float32Array([-1, -9]), max: new Float32Array([1, 9]) };
  minMaxPerChannel(new Float32Array([-5, 5]), { offset: 0, inner: 1, channels: 2 }, ranges);
  assertEquals([[...ranges.min], [...ranges.max]], [[-5, -9], [1, 9]]);
});

Deno.test("minMaxPerChannel() tells of NaN and infinities and takes the rest", () => {
  for (const odd of [NaN, Infinity, -Infinity]) {
    for (const inner of [1, 5]) {
      const data = createFloats(50, 4);
      data[17] = odd;
      const layout = { offset: 2, inner, channels: 4 };
      inAndOutside(data, (view) => {
        const ranges = emptyRanges(4);
        assertEquals(minMaxPerChannel(view, layout, ranges), false);
        assertEquals(ranges, expectedRanges(data, layout));
      });
    }
  }
});

Deno.test("minMaxPerChannel() takes an inner length beyond any memory", () => {
  const ranges = emptyRanges(2);
  const layout = { offset: 2 ** 40 - 2, inner: 2 ** 40, channels: 2 };
  minMaxPerChannel(new Float32Array([1, 2, 3, 4]), layout, ranges);
  assertEquals([[...ranges.min], [...ranges.max]], [[1, 3], [2, 4]]);
});

Deno.test("minMaxPerChannel() refuses an impossible layout", () => {
  const data = new Float32Array(1);
  assertThrows(
    () => minMaxPerChannel(data, { offset: -1, inner: 0, channels: 1 }, emptyRanges(1)),
    RangeError,
    "Cannot follow the channels: offset -1, inner 0, channels 1; " +
      "expected integers, offset >= 0, the others >= 1",
  );
  assertThrows(
    () => minMaxPerChannel(data, { offset: 0, inner: 1, channels: 3 }, emptyRanges(2)),
    RangeError,
    "Cannot follow the channels: there are 3, the array has 2 elements",
  );
});
