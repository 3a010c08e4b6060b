import { assert, assertEquals, assertRejects } from "@std/assert";
import { analyzeModel, type AnalyzeProgress } from "../../src/evaluate/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { worstLayers } from "../../src/report/mod.ts";
import { readDense, referenceDense } from "../../src/tensor/mod.ts";
import { convolutionNetwork, noise, samplesOf } from "../execute/_small_model.ts";
import { onesOf, twoLayers } from "./_two_layers.ts";

const SAMPLES = samplesOf(...[21, 22, 23].map((seed) => noise([1, 8, 12, 12], seed)));

/** The network with a weight of 1000 in a layer where no value comes or goes: channel 0 is dead. */
async function withOutlier(model: Model, name: string): Promise<Model> {
  const initializers = new Map(model.initializers);
  for (const [constant, first] of [["b1", -5000], ["b2", 0], [name, 1000]] as const) {
    const reference = model.initializers.get(constant);
    assert(reference !== undefined);
    const dense = await readDense(reference);
    dense.data[0] = first;
    initializers.set(constant, referenceDense(constant, dense));
  }
  return { ...model, initializers };
}

for (const [weight, layer] of [["w1", "make_c1"], ["w2", "make_c2"], ["w3", "make_c3"]] as const) {
  Deno.test(`analyzeModel() ranks the layer first whose grid an outlier in ${weight} ruins`, async () => {
    const model = await withOutlier(convolutionNetwork(), weight);
    const { networks: [network], ...about } = await analyzeModel(model, SAMPLES, {
      measuredSamples: 2,
      biasBitwidth: 32,
    });
    assertEquals(about, {
      model: "small",
      layers: 8,
      parameters: 32 * 8 * 9 + 32 + 32 * 9 + 32 + 512 * 32 + 400 * 512 + 400,
      macs: 144 * 32 * (8 * 9 + 9 + 512) + 400 * 512,
      output: "y",
      samples: 3,
      measuredSamples: 2,
    });
    assert(network !== undefined);
    const [worst, second] = worstLayers(network.sensitivity, 2);
    assertEquals([worst?.layer, worst?.kind], [layer, "weights"]);
    assert((second?.quality.sqnr ?? 0) > (worst?.quality.sqnr ?? 0) + 6);
    assertEquals(network.weights.map((ranges) => ranges.layer), [
      "make_c1",
      "make_c2",
      "make_c3",
      "make_y",
    ]);
    const ranges = network.weights.find((found) => found.weight === weight);
    assertEquals(ranges?.max[0], 1000);
    assert((ranges?.max[1] ?? 1000) <= 1);
    assertEquals(network.values.map(({ value }) => value), [
      "x",
      "r1",
      "c2",
      "a",
      "c3",
      "p",
      "f",
      "y",
    ]);
    assertEquals(network.values[0]?.operator, "Input");
    assertEquals(network.values[1]?.layer, "make_r1");
    assertEquals(network.evaluation.samples, 3);
  });
}

Deno.test("analyzeModel() shows a network before and after bias correction and equalization", async () => {
  const stages = new Set<string>();
  const onProgress = ({ stage, done, total }: AnalyzeProgress): void => {
    stages.add(stage);
    assert(done >= 0 && done <= total);
  };
  const common = { measuredSamples: 1, onProgress, labels: [3, undefined, 4] };
  const corrected = await analyzeModel(convolutionNetwork(), SAMPLES, {
    ...common,
    optimizations: ["bc"],
  });
  const [before, after] = corrected.networks;
  assertEquals([before?.optimizations, after?.optimizations], [[], ["bc"]]);
  // Corrections are for the errors of all layers: they say nothing of one alone.
  assertEquals(after?.sensitivity, before?.sensitivity);
  assertEquals(after?.weights, before?.weights);
  assert((after?.evaluation.sqnr ?? 0) > (before?.evaluation.sqnr ?? 0));
  assertEquals(before?.evaluation.top1?.total, 2);
  const { networks: [plain, equalized] } = await analyzeModel(convolutionNetwork(), SAMPLES, {
    ...common,
    optimizations: ["cle"],
    equalize: { scales: "ranges" },
  });
  assertEquals(plain, { ...before, evaluation: { ...plain?.evaluation } });
  assertEquals(equalized?.equalization?.scales, "ranges");
  assertEquals(plain?.equalization, undefined);
  assertEquals(
    equalized?.sensitivity.map(({ layer }) => layer),
    plain?.sensitivity.map(({ layer }) => layer),
  );
  assert(stages.isSupersetOf(
    new Set(["parameters", "evaluate", "values", "sensitivity", "correct (bc)", "values (cle)"]),
  ));
});

Deno.test("analyzeModel() refuses options out of range", async () => {
  for (const measuredSamples of [0, 1.5]) {
    await assertRejects(
      () => analyzeModel(twoLayers(), onesOf(1), { measuredSamples }),
      RangeError,
      `Cannot measure "small" on ${measuredSamples} samples: expected an integer from 1`,
    );
  }
  await assertRejects(
    () => analyzeModel(twoLayers(), onesOf(1), { output: "z" }),
    RangeError,
    'Cannot judge output "z" of "small": its outputs are y',
  );
});
