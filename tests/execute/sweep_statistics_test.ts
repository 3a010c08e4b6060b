import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { type EngineName, openEngine, sweep, sweepStatistics } from "../../src/execute/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { referenceDense } from "../../src/tensor/mod.ts";
import {
  convolutionNetwork,
  encoding,
  node,
  noise,
  samplesOf,
  smallModel,
  tensor,
  value,
} from "./_small_model.ts";

// Its threads live as long as the process; no test shall be blamed for them.
await openEngine({ engine: "wasm", threads: 2 });

const SAMPLES = samplesOf(noise([1, 8, 12, 12], 1), noise([1, 8, 12, 12], 2));
const AXES = new Map([["x", 1], ["c1", 1], ["r1", 2], ["c3", 1], ["p", 1], ["f", 1], ["y", 1]]);

/** Means of channels by value and sample, the slow way. */
async function slowMeans(model: Model): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  await sweep(model, SAMPLES, (value, { data, shape }, sample) => {
    const axis = AXES.get(value) ?? 0;
    const channels = shape[axis] ?? 1;
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const sums: number[] = new Array(channels).fill(0);
    for (const [i, number] of data.entries()) {
      sums[Math.floor(i / inner) % channels]! += Number(number);
    }
    found.set(`${value} ${sample}`, sums.map((sum) => sum * channels / data.length));
  }, { observe: AXES.keys() });
  return found;
}

for (const engine of ["native", "wasm"] satisfies EngineName[]) {
  for (const memoryLimit of [64e6, 1.2e6, 0.8e6]) {
    for (const encodings of [{}, { r1: { encodings: [encoding(0.02, -3)] } }]) {
      Deno.test(`sweepStatistics() gives channel means, ${engine}, ${memoryLimit} bytes, ${Object.keys(encodings).length} encodings`, async () => {
        const model: Model = {
          ...convolutionNetwork(),
          encodings: { activations: new Map(Object.entries(encodings)), parameters: new Map() },
        };
        const expected = await slowMeans(model);
        const found = new Map<string, Float64Array>();
        await sweepStatistics(model, SAMPLES, {
          mean: (value, mean, sample) => void found.set(`${value} ${sample}`, mean),
        }, { means: AXES, engine, memoryLimit });
        assertEquals(found.size, expected.size);
        for (const [key, numbers] of expected) {
          const means = found.get(key) ?? [];
          assertEquals(means.length, numbers.length);
          // Values are about 100; one near the middle between two steps may fall on either.
          const tolerance = Object.keys(encodings).length > 0 ? 5e-3 : 1e-3;
          for (const [i, mean] of numbers.entries()) {
            assertAlmostEquals(means[i] ?? NaN, mean, tolerance, key);
          }
        }
      });
    }
  }
}

Deno.test("sweepStatistics() lets all samples get to a cut before one goes on, whatever fits", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 2, 2, 1])],
    nodes: [node("Neg x -> a"), node("Relu a -> b"), node("Add b,shift -> c"), node("Neg c -> y")],
    values: ["a", "b", "c", "y"].map((name) => value(name, [1, 2, 2, 1])),
    initializers: { shift: tensor([2, 1, 1], [0, 0]) },
  });
  const initializers = new Map(model.initializers);
  const samples = samplesOf(
    tensor([1, 2, 2, 1], [-1, -3, 2, -4]),
    tensor([1, 2, 2, 1], [1, 1, -6, 3]),
  );
  const seen: string[] = [];
  await sweepStatistics({ ...model, initializers }, samples, {
    mean: (value, mean, sample) => void seen.push(`${value} ${sample}: ${mean}`),
    tensor: (value, { data }, sample) => void seen.push(`${value} ${sample}: ${data}`),
    unit(values): void {
      seen.push(`unit ${values}`);
      // What is read later may still change.
      if (values.includes("b")) {
        initializers.set("shift", referenceDense("shift", tensor([2, 1, 1], [10, 20])));
      }
    },
  }, { means: new Map([["b", 1]]), tensors: ["y"], cuts: model.nodes.slice(2, 3) });
  assertEquals(seen, [
    "b 0: 2,2",
    "b 1: 0,3",
    "unit a,b",
    "y 0: -11,-13,-20,-24",
    "y 1: -10,-10,-26,-20",
    "unit c,y",
  ]);
});

Deno.test("sweepStatistics() names what is not in the network, not float32, or not finite", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 2])],
    nodes: [node("Log x -> y"), node("Shape y -> s")],
    values: [value("y", [1, 2]), value("s", [2], "int64")],
    outputs: ["y", "s"],
  });
  const samples = samplesOf(tensor([1, 2], [1, 0]));
  const means = (name: string) => ({ means: new Map([[name, 1]]) });
  const wrong = async (name: string): Promise<string> =>
    (await assertRejects(() => sweepStatistics(model, samples, {}, means(name)), RangeError))
      .message;
  assertEquals(await wrong("z"), 'Cannot observe value "z": "small" has no such value');
  assertEquals(await wrong("s"), 'Cannot take the mean of value "s": it is int64, not float32');
  const error = await assertRejects(
    () => sweepStatistics(model, samples, {}, means("y")),
    FormatError,
  );
  assert(error.message.startsWith('Cannot observe value "y" of sample 0: found NaN or infinity'));
});
