import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import {
  type EngineName,
  openEngine,
  requireFinite,
  sweep,
  type SweepOptions,
  sweepRanges,
} from "../../src/execute/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import type { SampleSource } from "../../src/tensor/mod.ts";
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

/** `[value, sample, numbers]` of every visit, sorted. */
async function visits(model: Model, samples: SampleSource, options: SweepOptions = {}) {
  const found: [string, number, number[]][] = [];
  await sweep(model, samples, (value, { data }, sample) => {
    found.push([value, sample, Array.from(data, Number)]);
  }, options);
  return sorted(found);
}

/** `[value, sample, [min, max]]` of every visit, sorted. */
async function ranges(model: Model, samples: SampleSource, options: SweepOptions = {}) {
  const found: [string, number, number[]][] = [];
  await sweepRanges(model, samples, (value, { min, max }, sample) => {
    found.push([value, sample, [min, max]]);
  }, options);
  return sorted(found);
}

function sorted(found: [string, number, number[]][]): [string, number, number[]][] {
  return found.sort((a, b) => a[0].localeCompare(b[0]) || a[1] - b[1]);
}

function threeValues(encodings = {}): Model {
  return smallModel({
    inputs: [value("x", [3])],
    nodes: [node("Mul x,two -> a"), node("Relu a -> b"), node("Neg b -> y")],
    values: [value("a", [3]), value("b", [3]), value("y", [3])],
    initializers: { two: tensor([1], [2]) },
    encodings,
  });
}

const TWO_SAMPLES = samplesOf(tensor([3], [1, -2, 3]), tensor([3], [-1, 0.5, -4]));

for (const engine of ["native", "wasm"] satisfies EngineName[]) {
  Deno.test(`sweep() visits every value of every sample once, ${engine}`, async () => {
    assertEquals(await visits(threeValues(), TWO_SAMPLES, { engine }), [
      ["a", 0, [2, -4, 6]],
      ["a", 1, [-2, 1, -8]],
      ["b", 0, [2, 0, 6]],
      ["b", 1, [0, 1, 0]],
      ["x", 0, [1, -2, 3]],
      ["x", 1, [-1, 0.5, -4]],
      ["y", 0, [-2, -0, -6]],
      ["y", 1, [-0, -1, -0]],
    ]);
  });

  Deno.test(`sweepRanges() gives the range of every value of every sample, ${engine}`, async () => {
    assertEquals(await ranges(threeValues(), TWO_SAMPLES, { engine }), [
      ["a", 0, [-4, 6]],
      ["a", 1, [-8, 1]],
      ["b", 0, [0, 6]],
      ["b", 1, [0, 1]],
      ["x", 0, [-2, 3]],
      ["x", 1, [-4, 0.5]],
      ["y", 0, [-6, -0]],
      ["y", 1, [-1, -0]],
    ]);
  });
}

Deno.test("sweep() and sweepRanges() see the same whatever the memory limit", async () => {
  const model = convolutionNetwork();
  const samples = samplesOf(noise([1, 8, 12, 12], 1), noise([1, 8, 12, 12], 2));
  const whole = await visits(model, samples);
  assertEquals(whole.length, 2 * 9);
  for (const memoryLimit of [64e6, 4e6, 1.2e6, 0.8e6]) {
    const limited = await visits(model, samples, { memoryLimit });
    const reduced = await ranges(model, samples, { memoryLimit });
    assertEquals(limited.length, whole.length);
    assertEquals(reduced.length, whole.length);
    for (const [index, [value, sample, numbers]] of whole.entries()) {
      const [limitedValue, limitedSample, limitedNumbers = []] = limited[index] ?? [];
      assertEquals([limitedValue, limitedSample], [value, sample]);
      assert(numbers.every((number, at) => Math.abs(number - (limitedNumbers[at] ?? NaN)) < 1e-3));
      const [reducedValue, reducedSample, [min = NaN, max = NaN] = []] = reduced[index] ?? [];
      assertEquals([reducedValue, reducedSample], [value, sample]);
      assertAlmostEquals(min, Math.min(...numbers), 1e-3);
      assertAlmostEquals(max, Math.max(...numbers), 1e-3);
    }
  }
});

Deno.test("sweep() visits only what it is asked for", async () => {
  const observe = ["x", "b"];
  const found = await visits(threeValues(), samplesOf(tensor([3], [1, 2, 3])), { observe });
  assertEquals(found, [["b", 0, [2, 4, 6]], ["x", 0, [1, 2, 3]]]);
});

Deno.test("sweep() shows values on the grid of their encodings", async () => {
  const model = threeValues({ x: encoding(1, -128), a: encoding(4, -2) });
  const samples = samplesOf(tensor([3], [1.4, -9, 7]));
  // x becomes 1, -9, 7; a = 2x becomes 0 (2 is half a step: ties to even), -8, 16 (14 is 3.5 steps).
  assertEquals(await visits(model, samples), [
    ["a", 0, [0, -8, 16]],
    ["b", 0, [0, 0, 16]],
    ["x", 0, [1, -9, 7]],
    ["y", 0, [-0, -0, -16]],
  ]);
  assertEquals(await ranges(model, samples), [
    ["a", 0, [-8, 16]],
    ["b", 0, [0, 16]],
    ["x", 0, [-9, 7]],
    ["y", 0, [-16, -0]],
  ]);
});

Deno.test("sweep() waits for its visitor", async () => {
  let visiting = 0;
  await sweep(threeValues(), TWO_SAMPLES, async () => {
    assertEquals(++visiting, 1);
    await Promise.resolve();
    visiting--;
  });
});

Deno.test("sweep() passes on what its visitor throws", async () => {
  const visitor = () => {
    throw new RangeError("no more");
  };
  await assertRejects(() => sweep(threeValues(), TWO_SAMPLES, visitor), RangeError, "no more");
});

Deno.test("sweepRanges() finds NaN and infinity wherever they are", async () => {
  const model = smallModel({
    inputs: [value("x", [1000])],
    nodes: [node("Sqrt x -> root"), node("Relu root -> y")],
    values: [value("root", [1000]), value("y", [1000])],
  });
  for (const position of [0, 1, 7, 500, 999]) {
    for (const [bad, name] of [[-1, "root"], [Infinity, "x"], [NaN, "x"]] as const) {
      const data = new Float32Array(1000).fill(4);
      data[position] = bad;
      const samples = samplesOf(tensor([1000], new Float32Array(1000)), tensor([1000], data));
      for (const memoryLimit of [64e6, 20_000]) {
        const error = await assertRejects(
          () => ranges(model, samples, { memoryLimit }),
          FormatError,
          `Cannot observe value "${name}" of sample 1: found NaN or infinity, expected numbers`,
        );
        assertEquals(error.found, "NaN or infinity");
      }
    }
  }
});

Deno.test("sweepRanges() takes large numbers for what they are", async () => {
  const model = smallModel({
    inputs: [value("x", [4])],
    nodes: [node("Neg x -> y")],
    values: [value("y", [4])],
  });
  // Their sum overflows to infinity.
  const samples = samplesOf(tensor([4], [3e38, 3e38, 3e38, -1e38]));
  assertEquals(await ranges(model, samples, { observe: ["y"] }), [
    ["y", 0, [Math.fround(-3e38), Math.fround(1e38)]],
  ]);
});

Deno.test("sweepRanges() takes scalars and leaves out empty values", async () => {
  const model = smallModel({
    inputs: [value("x", [3])],
    nodes: [
      node("ReduceMax x -> top", { keepdims: { type: "int", value: 0 } }),
      node("Slice x,start,end -> nothing"),
      node("Concat nothing,x -> y", { axis: { type: "int", value: 0 } }),
    ],
    values: [value("top", []), value("nothing", [0]), value("y", [3])],
    initializers: {
      start: tensor([1], BigInt64Array.of(1n), "int64"),
      end: tensor([1], BigInt64Array.of(1n), "int64"),
    },
  });
  assertEquals(await ranges(model, samplesOf(tensor([3], [1, 2, 3]))), [
    ["top", 0, [3, 3]],
    ["x", 0, [1, 3]],
    ["y", 0, [1, 3]],
  ]);
});

Deno.test("sweepRanges() refuses values that are not float32, and unknown ones", async () => {
  const model = smallModel({
    inputs: [value("x", [2])],
    nodes: [node("Shape x -> y")],
    values: [value("y", [1], "int64")],
  });
  const samples = samplesOf(tensor([2], [1, 2]));
  assertEquals(await ranges(model, samples), [["x", 0, [1, 2]]]);
  await assertRejects(
    () => ranges(model, samples, { observe: ["y"] }),
    RangeError,
    'Cannot take the range of value "y": it is int64, not float32',
  );
  await assertRejects(
    () => ranges(model, samples, { observe: ["z"] }),
    RangeError,
    'Cannot observe value "z": "small" has no such value',
  );
});

Deno.test("sweep() stops when it is aborted", async () => {
  for (const memoryLimit of [64e6, 0.8e6]) {
    const controller = new AbortController();
    const samples = samplesOf(noise([1, 8, 12, 12], 1), noise([1, 8, 12, 12], 2));
    let seen = 0;
    const visitor = () => {
      if (++seen === 3) controller.abort(new Error("enough"));
    };
    const { signal } = controller;
    await assertRejects(
      () => sweep(convolutionNetwork(), samples, visitor, { signal, memoryLimit }),
      Error,
      "enough",
    );
    assert(seen < 18);
  }
});

Deno.test("requireFinite() names the value and the sample", () => {
  requireFinite("a", tensor([2], [1, -3e38]), 4);
  requireFinite("a", tensor([1], BigInt64Array.of(1n), "int64"), 4);
  for (const bad of [NaN, Infinity, -Infinity]) {
    assertThrows(
      () => requireFinite("a", tensor([3], [1, bad, 2]), 4),
      FormatError,
      'Cannot observe value "a" of sample 4: found NaN or infinity, expected numbers',
    );
  }
});
