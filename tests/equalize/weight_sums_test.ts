import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { EqualizableLayer } from "../../src/equalize/mod.ts";
import { weightedConstants, weightPowers } from "../../src/equalize/weight_sums.ts";
import { referenceDense } from "../../src/tensor/mod.ts";
import { node } from "../execute/_small_model.ts";

/** A layer whose weight has `groups` times `rows` rows of `second` channels. */
function layerOf(
  { groups, rows, second, outputAxis }: {
    readonly groups: number;
    readonly rows: number;
    readonly second: number;
    readonly outputAxis: 0 | 1;
  },
): EqualizableLayer {
  const channels = [groups * rows, groups * second] as const;
  return {
    node: node("Conv x,w -> y"),
    kind: "grouped",
    ...{ weight: "w", bias: "", biasFactor: 1, input: "x", output: "y", pads: false },
    ...{ groups, outputAxis },
    inputChannels: channels[outputAxis === 0 ? 1 : 0],
    outputChannels: channels[outputAxis],
  };
}

Deno.test("weightPowers() and weightedConstants() add up all weights between two channels", async () => {
  const few = fc.integer({ min: 1, max: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        ...{ groups: few, rows: few, second: few, inner: fc.integer({ min: 1, max: 7 }) },
        outputAxis: fc.constantFrom(0 as const, 1 as const),
        chunk: fc.integer({ min: 1, max: 60 }),
        seed: fc.nat(50),
      }),
      async ({ inner, chunk, seed, ...form }) => {
        const { groups, rows, second, outputAxis } = form;
        const layer = layerOf(form);
        const shape = [groups * rows, second, inner];
        const length = shape.reduce((a, b) => a * b);
        // Small integers: all sums are exact, whatever the order.
        const data = Float32Array.from({ length }, (_, i) => (i * 7 + seed) % 13 - 6);
        const weight = referenceDense("w", { dtype: "float32", shape, data });
        const importance = new Float64Array(layer.outputChannels).map((_, i) => (i + seed) % 5);
        const constants = new Float64Array(layer.inputChannels).map((_, i) => (i * 3 + seed) % 4);
        const powers = new Float64Array(layer.inputChannels);
        const sums = new Float64Array(layer.outputChannels);
        data.forEach((value, i) => {
          const row = Math.floor(i / inner / second);
          const across = Math.floor(row / rows) * second + Math.floor(i / inner) % second;
          const [output, input] = outputAxis === 0 ? [row, across] : [across, row];
          powers[input]! += value ** 2 * (importance[output] ?? 0);
          sums[output]! += value * (constants[input] ?? 0);
        });
        const read = { chunkBytes: 4 * chunk };
        assertEquals(await weightPowers(layer, { weight, importance }, read), powers);
        assertEquals(await weightedConstants(layer, { weight, constants }, read), sums);
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});
