import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { compareValues } from "../../src/evaluate/mod.ts";
import { runModel } from "../../src/execute/mod.ts";
import { quantizeModel, SqnrAccumulator } from "../../src/quantize/mod.ts";
import { convolutionNetwork, noise, samplesOf } from "../execute/_small_model.ts";
import { decibelsOf, onesOf, quantizedTwoLayers, twoLayers } from "./_two_layers.ts";

Deno.test("compareValues() follows the error along the quantized network", async () => {
  const model = twoLayers();
  const values = ["x", "r", "y"];
  const sqnr = await compareValues(model, await quantizedTwoLayers(model), onesOf(2), { values });
  assertEquals([...sqnr.keys()], values);
  assertEquals([sqnr.get("x"), sqnr.get("r")], [Infinity, Infinity]);
  // 200/255 is rounded to 1.
  assertAlmostEquals(sqnr.get("y") ?? 0, decibelsOf([0, 1]), 1e-4);
});

Deno.test("compareValues() gives what running both networks gives, in any memory limit", async () => {
  const model = convolutionNetwork();
  const samples = samplesOf(noise([1, 8, 12, 12], 11), noise([1, 8, 12, 12], 12));
  const quantized = await quantizeModel(model, samples);
  const sums = new Map([...model.values.keys()].map((name) => [name, new SqnrAccumulator()]));
  const theirs = runModel(quantized, samples, { values: sums.keys() });
  for await (const { outputs } of runModel(model, samples, { values: sums.keys() })) {
    const actual = (await theirs.next()).value?.outputs;
    for (const [name, { data }] of outputs) {
      sums.get(name)?.add(data, actual?.get(name)?.data ?? data);
    }
  }
  for (const memoryLimit of [2 ** 29, 1_500_000]) {
    const sqnr = await compareValues(model, quantized, samples, { memoryLimit });
    assertEquals([...sqnr.keys()], [...sums.keys()]);
    for (const [name, sum] of sums) {
      assertAlmostEquals(sqnr.get(name) ?? 0, sum.decibels, 1e-3, name);
    }
  }
});

Deno.test("compareValues() refuses a value that one of the networks has not", async () => {
  const model = twoLayers();
  const quantized = await quantizedTwoLayers(model);
  for (const [float, other] of [[model, { ...quantized, values: new Map() }], [model, quantized]]) {
    await assertRejects(
      () =>
        compareValues(float!, other!, onesOf(1), { values: other === quantized ? ["z"] : ["y"] }),
      RangeError,
      `Cannot compare value "${other === quantized ? "z" : "y"}" of "small": the networks do not ` +
        "both have it",
    );
  }
});
