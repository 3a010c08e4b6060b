import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { topClasses } from "../../src/evaluate/mod.ts";

Deno.test("topClasses() gives the best first and the lower class among equals", () => {
  assertEquals(topClasses(Float32Array.of(1, 5, 3, 5, 2), 3), [1, 3, 2]);
  assertEquals(topClasses(Float32Array.of(1, 2), 5), [1, 0]);
  assertEquals(topClasses(new Float32Array(0), 5), []);
});

Deno.test("topClasses() equals a stable sort for any scores", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }), (scores) => {
      const sorted = scores.map((score, index) => ({ score, index }))
        .sort((a, b) => b.score - a.score || a.index - b.index);
      assertEquals(
        topClasses(Float32Array.from(scores), 5),
        sorted.slice(0, 5).map(({ index }) => index),
      );
    }),
    { seed: 7 },
  );
});
