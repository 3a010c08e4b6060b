import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { allFinite } from "../../src/execute/all_finite.ts";

Deno.test("allFinite() is what a look at each number tells", () => {
  fc.assert(
    fc.property(fc.float64Array(), (numbers) => {
      assertEquals(allFinite(numbers), numbers.every(Number.isFinite));
    }),
    { seed: 21, numRuns: 500 },
  );
  assertEquals(allFinite(Float64Array.of(1.7e308, 1.7e308, -0)), true);
  assertEquals(allFinite(Float64Array.of(Infinity, -Infinity)), false);
});
