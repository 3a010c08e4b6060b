import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type ChannelNoise, noiseScales } from "../../src/equalize/mod.ts";

/** The noise by its definition, without the search's limits. */
function noiseOf(noise: ChannelNoise, scales: Float64Array): number {
  const largest = (of: (value: number, scale: number) => number, values: Float64Array) =>
    Math.max(...Array.from(values, (value, i) => of(value, scales[i] ?? 1)));
  const first = largest((r, s) => r / s, noise.first);
  const activation = largest((a, s) => a / s, noise.activation);
  const second = largest((r, s) => r * s, noise.second);
  let sum = 0;
  scales.forEach((s, i) => {
    sum += (first ** 2 * (noise.firstCost[i] ?? 0) +
          activation ** 2 * (noise.activationCost[i] ?? 0)) * s * s +
      second ** 2 * (noise.secondCost[i] ?? 0) / (s * s);
  });
  return sum;
}

Deno.test("noiseScales() finds no less noise by changing a scale, nor by equal ranges", () => {
  const channel = fc.record({
    first: fc.double({ min: 0.01, max: 10, noNaN: true }),
    second: fc.double({ min: 0.01, max: 10, noNaN: true }),
    activation: fc.double({ min: 0.1, max: 6, noNaN: true }),
    firstCost: fc.double({ min: 0.01, max: 1, noNaN: true }),
    activationCost: fc.double({ min: 0.01, max: 1, noNaN: true }),
    secondCost: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(channel, { minLength: 1, maxLength: 8 }), (channels) => {
      const list = (key: keyof ChannelNoise) => Float64Array.from(channels, (c) => c[key]);
      const noise: ChannelNoise = {
        first: list("first"),
        second: list("second"),
        activation: list("activation"),
        firstCost: list("firstCost"),
        activationCost: list("activationCost"),
        secondCost: list("secondCost"),
      };
      const scales = noiseScales(noise);
      const least = noiseOf(noise, scales);
      const others = [
        new Float64Array(channels.length).fill(1),
        noise.first.map((r, i) => Math.sqrt(r / (noise.second[i] ?? 1))),
        ...channels.flatMap((_, i) => [0.9, 1.1].map((f) => scales.with(i, (scales[i] ?? 1) * f))),
      ];
      for (const other of others) assert(least <= noiseOf(noise, other) * (1 + 1e-3));
      const before = Math.max(...Array.from(noise.first, (r, i) => r / (scales[i] ?? 1)));
      const behind = Math.max(...Array.from(noise.second, (r, i) => r * (scales[i] ?? 1)));
      assertAlmostEquals(before / behind, 1, 1e-9);
    }),
    { seed: 2, numRuns: 50 },
  );
});

Deno.test("noiseScales() takes any number of channels", () => {
  const ones = new Float64Array(300_000).fill(1);
  const scales = noiseScales({
    ...{ first: ones, second: ones, activation: ones },
    ...{ firstCost: ones, activationCost: ones, secondCost: ones },
  });
  assert(scales.every((scale) => Math.abs(scale - 1) < 1e-6));
});

Deno.test("noiseScales() leaves channels that nobody reads alone", () => {
  const two = (a: number, b: number) => Float64Array.of(a, b);
  const scales = noiseScales({
    first: two(1, 5),
    second: two(0, 2),
    activation: two(3, 4),
    firstCost: two(1, 1),
    activationCost: two(1, 1),
    secondCost: two(1, 1),
  });
  assertEquals(scales[0], 1);
  assertAlmostEquals(5 / (scales[1] ?? 0), 2 * (scales[1] ?? 0), 1e-9);
});
