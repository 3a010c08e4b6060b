import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { observeParameters, type QuantizeProgress } from "../../src/quantize/mod.ts";
import { convolutionModel, floats, node, smallModel } from "./small_model.ts";

/** A MatMul of one weight. */
function matrixModel(values: readonly number[]) {
  return smallModel({
    inputs: { x: [1, values.length] },
    outputs: ["y"],
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    constants: { w: floats([values.length, 1], values) },
    values: { y: [1, 1] },
  });
}

Deno.test("observeParameters() observes every weight and bias once", async () => {
  const observed = await observeParameters(convolutionModel());
  assertEquals(
    Array.from(observed, ([name, { role, observer }]) => [name, role, observer.range()]),
    [
      ["w", "weight", { min: -0.5, max: 2 }],
      ["b", "bias", { min: Math.fround(-0.2), max: Math.fround(0.1) }],
      ["v", "weight", { min: -1, max: 1 }],
    ],
  );
});

Deno.test("observeParameters() gives the range of the whole for chunks of any size", async () => {
  const finite = fc.float({ noDefaultInfinity: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(finite, { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 16, max: 512 }),
      async (values, chunkBytes) => {
        const observed = await observeParameters(matrixModel(values), { chunkBytes });
        assertEquals(observed.get("w")?.observer.range(), {
          min: Math.min(...values) + 0,
          max: Math.max(...values) + 0,
        });
      },
    ),
    { seed: 8, numRuns: 50 },
  );
});

Deno.test("observeParameters() leaves out what is given, and tells how far it is", async () => {
  const states: QuantizeProgress[] = [];
  const observed = await observeParameters(convolutionModel(), {
    except: new Set(["w"]),
    onProgress: (state) => states.push(state),
  });
  assertEquals([...observed.keys()], ["b", "v"]);
  assertEquals(states, [
    { stage: "parameters", done: 8, total: 32, unit: "bytes", item: "b" },
    { stage: "parameters", done: 32, total: 32, unit: "bytes", item: "v" },
  ]);
});

Deno.test("observeParameters() names the element that is not finite, across chunks", async () => {
  const values = Array.from({ length: 1000 }, (_, i) => i === 777 ? NaN : i);
  const error = await assertRejects(
    () => observeParameters(matrixModel(values), { chunkBytes: 256 }),
    FormatError,
  );
  assertEquals(
    error.message,
    'Cannot observe tensor "w": element 777 is NaN, expected finite numbers',
  );
});

Deno.test("observeParameters() ends when it is aborted", async () => {
  await assertRejects(
    () => observeParameters(convolutionModel(), { signal: AbortSignal.abort(new Error("enough")) }),
    Error,
    "enough",
  );
});
