import { assertEquals, assertThrows } from "@std/assert";
import { histogram } from "../../src/kernels/mod.ts";
import { createFloats, inAndOutside, LENGTHS } from "./_arrays.ts";

Deno.test("histogram() counts into half-open bins and reports the rest", () => {
  const data = new Float32Array([-1.01, -1, -0.5, 0, 0.25, 0.999, 1, 7, NaN, -Infinity, Infinity]);
  const counts = new Float64Array([100, 0, 0, 0]);
  assertEquals(histogram(data, counts, { low: -1, width: 0.5 }), { below: 2, above: 3, nan: 1 });
  assertEquals([...counts], [101, 1, 2, 1]);
});

Deno.test("histogram() counts as doubles do at every length", () => {
  for (const length of LENGTHS) {
    const data = createFloats(length, length);
    for (const [bins, low, width] of [[1, -3, 5], [512, -1.37, 0.013], [3000, 0, 1e-3]] as const) {
      const expected = new Float64Array(bins);
      let below = 0;
      let above = 0;
      for (const value of data) {
        const bin = Math.floor((value - low) / width);
        if (bin < 0) below++;
        else if (bin >= bins) above++;
        else expected[bin] = (expected[bin] ?? 0) + 1;
      }
      inAndOutside(data, (view) => {
        const counts = new Float64Array(bins);
        assertEquals(histogram(view, counts, { low, width }), { below, above, nan: 0 });
        assertEquals(counts, expected);
      });
    }
  }
});

Deno.test("histogram() of pieces equals that of the whole", () => {
  const data = createFloats(1001, 5);
  const options = { low: -2, width: 1 / 16 };
  const pieces = new Float64Array(64);
  histogram(data.subarray(0, 402), pieces, options);
  histogram(data.subarray(402), pieces, options);
  const whole = new Float64Array(64);
  histogram(data, whole, options);
  assertEquals(pieces, whole);
});

Deno.test("histogram() refuses impossible bins", () => {
  const message = (bins: number, low: number, width: number) =>
    `Cannot fill the histogram: ${bins} bins of width ${width} from ${low}; ` +
    "expected 1 to 16777216 bins and a positive width";
  for (const [bins, low, width] of [[0, 0, 1], [2, NaN, 1], [2, 0, 0], [2, 0, Infinity]] as const) {
    assertThrows(
      () => histogram(new Float32Array(1), new Float64Array(bins), { low, width }),
      RangeError,
      message(bins, low, width),
    );
  }
});
