import { assertAlmostEquals, assertEquals } from "@std/assert";
import { clippedShare, countClipped } from "../../src/quantize/clipped_share.ts";
import { computeEncoding, HistogramObserver, MinMaxObserver } from "../../src/quantize/mod.ts";

/** Steps of 1 from 0 to 255. */
const GRID = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
const HALVED = { ...GRID, max: 127.5, scale: 0.5 };

Deno.test("countClipped() counts values more than half a step outside", () => {
  const data = Float32Array.of(-0.6, -0.5, 0, 255.5, 256);
  assertEquals(countClipped(data, { encodings: [GRID] }, { offset: 0, shape: [5] }), 2);
});

Deno.test("countClipped() takes the encoding of each channel, wherever the chunk starts", () => {
  // [2, 2, 2], channels along axis 1.
  const data = [200, 200, 200, 200, 100, 300, 100, 300];
  const encoding = { axis: 1, encodings: [GRID, HALVED] };
  const shape = [2, 2, 2];
  const whole = countClipped(Float32Array.from(data), encoding, { offset: 0, shape });
  assertEquals(whole, 4);
  for (let cut = 1; cut < data.length; cut++) {
    const first = Float32Array.from(data.slice(0, cut));
    const second = Float32Array.from(data.slice(cut));
    assertEquals(
      countClipped(first, encoding, { offset: 0, shape }) +
        countClipped(second, encoding, { offset: cut, shape }),
      whole,
    );
  }
});

Deno.test("clippedShare() knows that nothing is clipped where the ends lie inside", () => {
  const observer = new MinMaxObserver();
  observer.observe(Float32Array.of(-5.1, 5.1), { tensor: "x" });
  // Moving zero onto the grid leaves an end up to half a step outside.
  assertEquals(clippedShare(observer, computeEncoding({ min: -5.1, max: 5.1 })), 0);
});

Deno.test("clippedShare() leaves out what the observer does not know", () => {
  const observer = new MinMaxObserver();
  assertEquals(clippedShare(observer, GRID), undefined);
  observer.observe(Float32Array.of(0, 300), { tensor: "x" });
  assertEquals(clippedShare(observer, GRID), undefined);
});

Deno.test("clippedShare() takes the share from a histogram, to within a bin", () => {
  const observer = new HistogramObserver();
  const values = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000);
  observer.observe(values, { tensor: "x" });
  const share = clippedShare(observer, { ...GRID, max: 0.75, scale: 0.75 / 255 });
  assertAlmostEquals(share ?? NaN, 0.25, 0.003);
});
