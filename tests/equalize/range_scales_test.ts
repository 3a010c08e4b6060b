import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { pairScales, tripleScales } from "../../src/equalize/mod.ts";

// Weights 1, 2, …, 12 and 1, 3, …, 23 of shape (2,2,3,1); the figures marked AIMET are in its own tests.
Deno.test("pairScales() gives the scales of AIMET's test", () => {
  const scales = pairScales(Float64Array.of(6, 12), Float64Array.of(17, 23));
  assertAlmostEquals(scales[0] ?? 0, 0.59408853, 1e-8);
  assertAlmostEquals(scales[1] ?? 0, 0.72231512, 1e-8);
  // AIMET: the first weight and the first bias, 1 before, become 1.68325082.
  assertAlmostEquals(1 / (scales[0] ?? 0), 1.68325082, 1e-8);
});

Deno.test("tripleScales() gives the scales of AIMET's test", () => {
  const { first, second } = tripleScales(
    Float64Array.of(6, 12),
    Float64Array.of(11, 23),
    Float64Array.of(9, 12),
  );
  assertAlmostEquals(first[0] ?? 0, 0.7137658, 1e-7);
  assertAlmostEquals(first[1] ?? 0, 0.80504064, 1e-8);
  // AIMET computes in single precision.
  assertAlmostEquals(second[0] ?? 0, 0.93401319, 1e-7);
  assertAlmostEquals(second[1] ?? 0, 1.24217332, 1e-8);
});

Deno.test("pairScales() and tripleScales() leave a channel with a range of zero alone", () => {
  assertEquals([...pairScales(Float64Array.of(0, 2, 0), Float64Array.of(3, 0, 0))], [1, 1, 1]);
  const none = tripleScales(Float64Array.of(0), Float64Array.of(2), Float64Array.of(3));
  assertEquals([none.first[0], none.second[0]], [1, 1]);
});

Deno.test("pairScales() and tripleScales() make ranges equal", () => {
  const range = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
  fc.assert(
    fc.property(range, range, range, (r1, r2, r3) => {
      const [s = 0] = pairScales(Float64Array.of(r1), Float64Array.of(r2));
      assertAlmostEquals(r1 / s / (r2 * s), 1, 1e-9);
      const { first: [s12 = 0], second: [s23 = 0] } = tripleScales(
        Float64Array.of(r1),
        Float64Array.of(r2),
        Float64Array.of(r3),
      );
      assertAlmostEquals(r1 / s12 / (r3 * s23), 1, 1e-9);
      assertAlmostEquals(r2 * s12 / s23 / (r3 * s23), 1, 1e-9);
    }),
    { seed: 1 },
  );
});
