import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { openEngine, sweepStatistics } from "../../src/execute/mod.ts";
import { statisticNodes } from "../../src/execute/statistic_nodes.ts";
import { node, noise, samplesOf, smallModel, tensor, value } from "./_small_model.ts";

// Its threads live as long as the process; no test shall be blamed for them.
const wasm = await openEngine({ engine: "wasm", threads: 2 });
const engines = [wasm, await openEngine({ engine: "native" })];

function negation(shape: readonly number[]) {
  return smallModel({
    inputs: [value("x", shape)],
    nodes: [node("Neg x -> y")],
    values: [value("y", shape)],
  });
}

Deno.test("statisticNodes() gives what a look at each element gives, in any shape", async () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 18 }), { minLength: 2, maxLength: 5 })
    .filter((shape) => shape.reduce((a, b) => a * b) <= 20_000)
    .chain((shape) => fc.tuple(fc.constant(shape), fc.nat({ max: shape.length - 1 })));
  await fc.assert(
    fc.asyncProperty(shapes, fc.nat(), fc.boolean(), async ([shape, axis], seed, isRanged) => {
      const input = noise(shape, seed);
      const elements = Array.from(input.data as Float32Array, (number) => -number);
      const channels = shape[axis] ?? 0;
      const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      const expected = new Array<number>(channels).fill(0);
      for (const [i, number] of elements.entries()) {
        expected[Math.floor(i / inner) % channels]! += number * channels / elements.length;
      }
      for (const engine of engines) {
        let [means, ranges] = [0, 0];
        await sweepStatistics(negation(shape), samplesOf(input), {
          mean(_, found): void {
            means++;
            assertEquals(found.length, channels);
            for (const [channel, mean] of found.entries()) {
              assertAlmostEquals(mean, expected[channel] ?? NaN, 1e-5);
            }
          },
          range(_, found): void {
            ranges++;
            assertEquals(found, { min: Math.min(...elements), max: Math.max(...elements) });
          },
        }, { engine, means: new Map([["y", axis]]), ranges: isRanged ? ["y"] : [] });
        assertEquals([means, ranges], [1, isRanged ? 1 : 0]);
      }
    }),
    { seed: 20, numRuns: 60 },
  );
});

Deno.test("statisticNodes() finds NaN and infinity of a value that is ranged and averaged", async () => {
  const shape = [1, 3, 20, 20];
  const wanted = { means: new Map([["y", 1]]), ranges: ["y"] };
  for (const engine of engines) {
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const position of [0, 1, 399, 700, 1199]) {
        const data = new Float32Array(1200).fill(2);
        data[position] = bad;
        const samples = samplesOf(tensor(shape, data));
        const error = await assertRejects(
          () => sweepStatistics(negation(shape), samples, {}, { ...wanted, engine }),
          FormatError,
        );
        assert(
          error.message.startsWith('Cannot observe value "y" of sample 0: found NaN or infinity'),
        );
      }
    }
  }
});

Deno.test("statisticNodes() adds up a value once, and reduces early values first", () => {
  const values = ["a", "b", "c"].map((name) => value(name, [1, 2, 30, 30]));
  const { nodes, outputs } = statisticNodes(values, {
    ranges: new Set(["a", "c"]),
    means: new Map([["a", 1], ["b", 1]]),
  });
  assertEquals(nodes.map(({ operator, inputs }) => `${operator} ${inputs[0]}`), [
    "ReduceMin c",
    "ReduceMax c",
    "ReduceSum c",
    "ReduceSum b",
    "ReduceMin a",
    "ReduceMax a",
    "ReduceSum a",
  ]);
  assertEquals(new Set(outputs.map(({ name }) => name)), new Set(nodes.map(({ name }) => name)));
});

Deno.test("statisticNodes() adds up short rows together", () => {
  const sums = (shape: readonly number[], axis: number) =>
    statisticNodes([value("a", shape)], { means: new Map([["a", axis]]) }).outputs[0]?.shape;
  assertEquals(sums([1, 5, 7, 7], 1), [1, 5]);
  assertEquals(sums([1, 5, 16, 16], 1), [1, 5]);
  assertEquals(sums([1, 5, 16, 17], 1), [1, 5, 16]);
  assertEquals(sums([1, 5, 300], 1), [1, 5]);
  assertEquals(sums([2, 2, 2, 2], 2), [2, 2, 2]);
});
