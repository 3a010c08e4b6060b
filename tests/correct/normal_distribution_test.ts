import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  clippedMean,
  normalCumulative,
  normalDensity,
} from "../../src/correct/normal_distribution.ts";

Deno.test("normalCumulative() gives the values of tables", () => {
  // Python's statistics.NormalDist().cdf.
  for (
    const [x, probability] of [
      [0, 0.5],
      [1, 0.8413447460685429],
      [-1.959963984540054, 0.025],
      [2.9999, 0.998649658717045],
      [3.0001, 0.9986505450867393],
      [-6, 9.865876449133282e-10],
      [Infinity, 1],
      [-Infinity, 0],
    ] as const
  ) assertAlmostEquals(normalCumulative(x), probability, 1e-14);
});

Deno.test("normalCumulative() rises, and its two halves mirror each other", () => {
  fc.assert(
    fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (x) => {
      assertAlmostEquals(normalCumulative(x) + normalCumulative(-x), 1, 1e-14);
      const slope = (normalCumulative(x + 1e-4) - normalCumulative(x - 1e-4)) / 2e-4;
      assertAlmostEquals(slope, normalDensity(x), 1e-8);
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("clippedMean() is the mean of clipped normal numbers", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -4, max: 8, noNaN: true }),
      fc.double({ min: 0.05, max: 4, noNaN: true }),
      fc.constantFrom([0, Infinity], [0, 6], [-1, 1], [-Infinity, 2], [-Infinity, Infinity]),
      (mean, deviation, [low = 0, high = 0]) => {
        let sum = 0;
        const step = 1e-3;
        for (let z = -9; z < 9; z += step) {
          const x = Math.min(Math.max(mean + deviation * z, low), high);
          sum += x * normalDensity(z) * step;
        }
        assertAlmostEquals(clippedMean({ mean, deviation, low, high }), sum, 2e-3);
      },
    ),
    { seed: 2, numRuns: 40 },
  );
});

Deno.test("clippedMean() of a constant is the clipped constant", () => {
  assertEquals(clippedMean({ mean: -2, deviation: 0, low: 0, high: 6 }), 0);
  assertEquals(clippedMean({ mean: 7, deviation: 0, low: 0, high: 6 }), 6);
  assertEquals(clippedMean({ mean: 3, deviation: 0, low: 0, high: Infinity }), 3);
});
