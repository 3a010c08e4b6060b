import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { histogram, histogramInside, histogramNearest, minMax } from "../../src/kernels/mod.ts";
import { createFloats, createRandom, inAndOutside, LENGTHS } from "./_arrays.ts";

Deno.test("histogram() counts into half-open bins and returns the rest", () => {
  const data = Float32Array.of(-1.01, -1, -0.5, -0, 0.25, 0.999, 1, 7, NaN, -Infinity, Infinity);
  const counts = new Float64Array([100, 0, 0, 0]);
  assertEquals(histogram(data, counts, { exponent: -1, first: -2 }), 6);
  assertEquals([...counts], [101, 1, 2, 1]);
});

Deno.test("histogram() puts the smallest negative float below zero, whatever the width", () => {
  for (const exponent of [-126, -60, 0, 60, 126]) {
    const counts = new Float64Array(2);
    const data = Float32Array.of(-(2 ** -149), 0, -0, 2 ** -149, -1e-40);
    assertEquals(histogram(data, counts, { exponent, first: -1 }), 0);
    assertEquals([...counts], [2, 3]);
  }
});

Deno.test("histogram() counts as exact arithmetic does at every length", () => {
  for (const length of LENGTHS) {
    const data = createFloats(length, length);
    for (const [bins, first, exponent] of [[1, -3, 2], [512, -100, -7], [3000, 0, -10]] as const) {
      const expected = new Float64Array(bins);
      let outside = 0;
      for (const value of data) {
        const bin = Math.floor(value * 2 ** -exponent) - first;
        if (bin < 0 || bin >= bins) outside++;
        else expected[bin]! += 1;
      }
      inAndOutside(data, (view) => {
        const counts = new Float64Array(bins);
        assertEquals(histogram(view, counts, { exponent, first }), outside);
        assertEquals(counts, expected);
      });
    }
  }
});

Deno.test("histogram() counts any floats as exact arithmetic does", () => {
  fc.assert(
    fc.property(
      fc.float32Array({ noNaN: true, maxLength: 40 }),
      fc.integer({ min: -126, max: 126 }),
      (data, exponent) => {
        const expected = new Float64Array(64);
        let outside = 0;
        for (const value of data) {
          const bin = Math.floor(value / 2 ** exponent) + 32;
          if (bin < 0 || bin >= 64) outside++;
          else expected[bin]! += 1;
        }
        const counts = new Float64Array(64);
        assertEquals(histogram(data, counts, { exponent, first: -32 }), outside);
        assertEquals(counts, expected);
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

Deno.test("histogram() of pieces equals that of the whole", () => {
  const data = createFloats(1001, 5);
  const options = { first: -32, exponent: -4 };
  const pieces = new Float64Array(64);
  histogram(data.subarray(0, 402), pieces, options);
  histogram(data.subarray(402), pieces, options);
  const whole = new Float64Array(64);
  histogram(data, whole, options);
  assertEquals(pieces, whole);
});

Deno.test("histogram() refuses impossible bins", () => {
  const message = (bins: number, exponent: number, first: number) =>
    `Cannot fill the histogram: ${bins} bins of width 2^${exponent} from bin ${first}; expected ` +
    "1 to 1048576 bins, exponents to ±126 and bin numbers to ±4194304";
  for (const [bins, exponent, first] of [[0, 1, 0], [2, 0.5, 0], [2, 127, 0], [2, 0, 1e9]]) {
    assertThrows(
      () =>
        histogram(new Float32Array(1), new Float64Array(bins!), {
          exponent: exponent!,
          first: first!,
        }),
      RangeError,
      message(bins!, exponent!, first!),
    );
  }
});

Deno.test("histogramInside() counts as histogram() does and gives the range at every length", () => {
  for (const length of LENGTHS) {
    const random = createRandom(length);
    const data = Float32Array.from({ length }, () => 60 * random() - 20);
    data.set([-0, -(2 ** -149), 2 ** -126].slice(0, length));
    const { min, max } = minMax(data);
    for (const exponent of [-7, 3]) {
      const first = length === 0 ? 0 : Math.floor(min * 2 ** -exponent);
      const bins = length === 0 ? 1 : Math.floor(max * 2 ** -exponent) - first + 1;
      const expected = new Float64Array(bins).fill(5);
      histogram(data, expected, { exponent, first });
      inAndOutside(data, (view) => {
        const counts = new Float64Array(bins).fill(5);
        assertEquals(histogramInside(view, counts, { exponent, first }), minMax(data));
        assertEquals(counts, expected);
      });
    }
  }
});

Deno.test("histogramInside() leaves the counts as they are where a number has no bin", () => {
  for (const stray of [-0.001, 4, NaN, Infinity, -Infinity]) {
    for (const place of [0, 3, 20000, 20002]) {
      const data = new Float32Array(20003).fill(1.5);
      data[place] = stray;
      const counts = Float64Array.of(1, 2, 3, 4);
      assertEquals(histogramInside(data, counts, { exponent: 0, first: 0 }), undefined);
      assertEquals([...counts], [1, 2, 3, 4]);
    }
  }
});

Deno.test("histogramInside() knows one zero", () => {
  const counts = new Float64Array(1);
  const range = histogramInside(Float32Array.of(-0), counts, { exponent: 0, first: 0 });
  assertEquals(range, { min: 0, max: 0, finite: true });
  assertEquals([...counts], [1]);
});

Deno.test("histogramNearest() rounds to the nearest middle, ties away from zero", () => {
  const data = Float32Array.of(-0.51, -0.5, -0.499, 0, 0.4999, 0.5, 1.5, 2.49, 2.5, NaN);
  const counts = new Float64Array(3);
  assertEquals(histogramNearest(data, counts, { width: 1, origin: 0 }), 4);
  assertEquals([...counts], [3, 1, 2]);
});

Deno.test("histogramNearest() counts as float32 arithmetic does at every length", () => {
  const { fround } = Math;
  for (const length of LENGTHS) {
    const data = createFloats(length, length + 7);
    for (
      const [bins, low, step] of [[1, -0.3, 5], [512, -1.37, 0.013], [64, 0.25, 0.01]] as const
    ) {
      const width = fround(step);
      const origin = fround(fround(low) / width);
      const expected = new Float64Array(bins);
      let outside = 0;
      for (const value of data) {
        const position = fround(fround(value / width) - origin);
        const bin = Math.sign(position) * Math.floor(Math.abs(position) + 0.5);
        if (bin < 0 || bin >= bins) outside++;
        else expected[bin]! += 1;
      }
      inAndOutside(data, (view) => {
        const counts = new Float64Array(bins);
        assertEquals(histogramNearest(view, counts, { width, origin }), outside);
        assertEquals(counts, expected);
      });
    }
  }
});

Deno.test("histogramNearest() refuses impossible bins", () => {
  for (const [bins, origin, width] of [[0, 0, 1], [2, NaN, 1], [2, 0, 0], [2, 0, Infinity]]) {
    assertThrows(
      () =>
        histogramNearest(new Float32Array(1), new Float64Array(bins!), {
          origin: origin!,
          width: width!,
        }),
      RangeError,
      `Cannot fill the histogram: ${bins} bins of width ${width} from ${origin}; ` +
        "expected 1 to 1048576 bins and a positive width",
    );
  }
});
