import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type NoiseTerms, PlacedNoise } from "../../src/kernels/mod.ts";

Deno.test("PlacedNoise.noiseAt() is the least noise between the bounds", () => {
  // Alone, 8 / u + 2 * u is least at 2, where it is 8.
  const alone = { least: 1, first: Infinity, second: Infinity };
  const expected = [
    [alone, 2, 8],
    [{ ...alone, least: 4 }, 4, 10],
    [{ ...alone, first: 1 }, 1, 10],
    [{ ...alone, second: 0.5 }, 1, 10],
  ] as const;
  for (const [bounds, u, noise] of expected) {
    const { least, first, second } = bounds;
    using placed = new PlacedNoise({
      ...{ least: Float64Array.of(least), first: Float64Array.of(first) },
      ...{ second: Float64Array.of(second), cost: Float64Array.of(2) },
      ...{ firstCost: Float64Array.of(4), secondCost: Float64Array.of(2) },
    });
    assertEquals([placed.noiseAt(1, 2), ...placed.found()], [noise, u]);
  }
});

Deno.test("PlacedNoise.noiseAt() adds up any number of channels, also those without cost", () => {
  const cost = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 10, noNaN: true }));
  const bound = fc.oneof(fc.constant(Infinity), fc.double({ min: 0.1, max: 10, noNaN: true }));
  const channel = fc.record({
    least: fc.double({ min: 0.01, max: 10, noNaN: true }),
    ...{ first: bound, second: bound, firstCost: cost, secondCost: cost, cost },
  });
  const limit = fc.double({ min: 0.1, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.array(channel, { minLength: 1, maxLength: 9 }), limit, limit, (all, t1, t2) => {
      const list = (name: keyof NoiseTerms) => Float64Array.from(all, (terms) => terms[name]);
      using placed = new PlacedNoise({
        ...{ least: list("least"), first: list("first"), second: list("second") },
        ...{ firstCost: list("firstCost"), secondCost: list("secondCost"), cost: list("cost") },
      });
      let noise = 0;
      const found = all.map(({ least, first, second, firstCost, secondCost, cost }) => {
        const growing = t1 * firstCost + t2 * secondCost;
        const wish = growing > 0 ? Math.sqrt(growing / cost) : 0;
        const u = Math.min(Math.max(wish, least), t1 * first, t2 * second, 1e300);
        noise += growing / u + cost * u;
        return u;
      });
      // With neither a bound nor a cost that shrinks, a channel has no least noise.
      fc.pre(found.every((u) => u < 1e300));
      assertAlmostEquals(placed.noiseAt(t1, t2) / (noise || 1), noise === 0 ? 0 : 1, 1e-12);
      placed.found().forEach((u, i) => assertAlmostEquals(u / (found[i] ?? NaN), 1, 1e-12));
    }),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("PlacedNoise refuses terms of another number of channels, and none", () => {
  const terms = (...values: number[]): NoiseTerms => {
    const all = Float64Array.from(values);
    return { least: all, first: all, second: all, firstCost: all, secondCost: all, cost: all };
  };
  assertThrows(
    () => new PlacedNoise({ ...terms(1, 1), cost: Float64Array.of(1) }),
    RangeError,
    "there are 2, the array has 1 elements",
  );
  assertThrows(() => new PlacedNoise(terms()), RangeError, "channels 0");
});
