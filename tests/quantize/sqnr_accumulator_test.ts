import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SqnrAccumulator } from "../../src/quantize/mod.ts";

Deno.test("SqnrAccumulator gives the ratio in dB", () => {
  const accumulator = new SqnrAccumulator();
  accumulator.add(Float32Array.of(3, 4), Float32Array.of(3, 3.5));
  assertAlmostEquals(accumulator.decibels, 20, 1e-12); // 25 / 0.25
});

Deno.test("SqnrAccumulator knows no noise and no signal", () => {
  const accumulator = new SqnrAccumulator();
  accumulator.add(Float32Array.of(1), Float32Array.of(1));
  assertEquals(accumulator.decibels, Infinity);
  const silent = new SqnrAccumulator();
  silent.add(Float32Array.of(0), Float32Array.of(1));
  assertEquals(silent.decibels, -Infinity);
});

Deno.test("SqnrAccumulator gives the same for any cut and for merged parts", () => {
  const value = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 1 }), fc.nat(), (pairs, at) => {
      const reference = Float32Array.from(pairs, ([a]) => a);
      const actual = Float32Array.from(pairs, ([, b]) => b);
      const cut = at % pairs.length;
      const whole = new SqnrAccumulator();
      whole.add(reference, actual);
      const cutUp = new SqnrAccumulator();
      cutUp.add(reference.subarray(0, cut), actual.subarray(0, cut));
      cutUp.add(reference.subarray(cut), actual.subarray(cut));
      assertEquals(cutUp.decibels, whole.decibels);
      const merged = new SqnrAccumulator();
      const rest = new SqnrAccumulator();
      merged.add(reference.subarray(0, cut), actual.subarray(0, cut));
      rest.add(reference.subarray(cut), actual.subarray(cut));
      merged.merge(rest);
      if (Number.isFinite(whole.decibels)) {
        assertAlmostEquals(merged.decibels, whole.decibels, 1e-9);
      } else assertEquals(merged.decibels, whole.decibels);
    }),
    { seed: 3, numRuns: 200 },
  );
});

Deno.test("SqnrAccumulator refuses tensors of different size", () => {
  assertEquals(
    assertThrows(
      () => new SqnrAccumulator().add(new Float32Array(2), new Float32Array(3)),
      RangeError,
    ).message,
    "Cannot compare tensors: 2 elements and 3 elements",
  );
});
