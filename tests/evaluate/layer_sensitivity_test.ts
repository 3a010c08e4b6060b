import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { layerSensitivity } from "../../src/evaluate/mod.ts";
import { quantizeModel } from "../../src/quantize/mod.ts";
import { calibrationOf } from "../quantize/calibration_of.ts";
import { floats, node, smallModel } from "../quantize/small_model.ts";
import { decibelsOf, onesOf, quantizedTwoLayers, twoLayers } from "./_two_layers.ts";

Deno.test("layerSensitivity() quantizes each layer alone: weights and activations by hand", async () => {
  const model = twoLayers();
  const steps: string[] = [];
  const layers = await layerSensitivity(model, await quantizedTwoLayers(model), onesOf(3), {
    onProgress: (done, total, layer) => steps.push(`${done}/${total} ${layer}`),
  });
  assertEquals(layers.map(({ layer, operator }) => [layer, operator]), [
    ["x", "Input"],
    ["c/node", "Conv"],
    ["y/node", "Conv"],
  ]);
  assertEquals(steps, ["0/3 x", "1/3 c/node", "2/3 y/node", "3/3 "]);
  const [input, exact, coarse] = layers;
  // The input and the output of the first convolution are whole numbers, and so on their grids.
  assertEquals([input?.weights, input?.activations?.sqnr], [undefined, Infinity]);
  assertEquals([exact?.weights?.sqnr, exact?.activations?.sqnr], [Infinity, Infinity]);
  // Weights 0.1 and 0.3 become 0 and 100/255, outputs 0.2 and 0.6 become 0 and 1.
  assertAlmostEquals(coarse?.weights?.sqnr ?? 0, decibelsOf([0, 200 / 255]), 1e-4);
  assertAlmostEquals(coarse?.activations?.sqnr ?? 0, decibelsOf([0, 1]), 1e-4);
  assertEquals(coarse?.weights?.agreement?.count, 3);
});

Deno.test("layerSensitivity() gives the same where inputs and outputs wait in a file", async () => {
  const model = twoLayers();
  const quantized = await quantizedTwoLayers(model);
  const source = onesOf(4);
  const reads: number[] = [];
  const counted = { ...source, read: (index: number) => (reads.push(index), source.read(index)) };
  const kept = await layerSensitivity(model, quantized, counted);
  assertEquals(reads, [0, 1, 2, 3]);
  // An eighth of the limit is for what waits: one tensor of eight bytes.
  assertEquals(await layerSensitivity(model, quantized, onesOf(4), { memoryLimit: 70 }), kept);
});

Deno.test("layerSensitivity() quantizes a weight for one of the layers that share it", async () => {
  const model = smallModel({
    inputs: { x: [1, 2, 1, 1] },
    outputs: ["y"],
    nodes: [node("Conv", ["x", "w"], ["c"]), node("Conv", ["c", "w"], ["y"])],
    constants: { w: floats([2, 2, 1, 1], [10, 0.03, 0, 1.5]) },
    values: { c: [1, 2, 1, 1], y: [1, 2, 1, 1] },
  });
  const range = { min: 0, max: 255 };
  const calibration = await calibrationOf(model, { x: range, c: range, y: range });
  const [, first, second] = await layerSensitivity(
    model,
    await quantizeModel(model, calibration),
    onesOf(1),
  );
  // The step is 10/255: 0.03 becomes 10/255, 1.5 becomes 380/255.
  const [a, b] = [10 / 255, 380 / 255];
  const float = [10 * 0.03 + 0.03 * 1.5, 1.5 * 1.5] as const;
  const sqnr = (output: readonly [number, number]) =>
    10 * Math.log10(
      (float[0] ** 2 + float[1] ** 2) /
        ((float[0] - output[0]) ** 2 + (float[1] - output[1]) ** 2),
    );
  assertAlmostEquals(first?.weights?.sqnr ?? 0, sqnr([10 * a + 0.03 * b, 1.5 * b]), 1e-3);
  assertAlmostEquals(second?.weights?.sqnr ?? 0, sqnr([10 * 0.03 + a * 1.5, b * 1.5]), 1e-3);
});

Deno.test("layerSensitivity() leaves the best class out where the output is no list of scores", async () => {
  const model = smallModel({
    inputs: { x: [1, 2, 2, 1] },
    outputs: ["y"],
    nodes: [node("Sigmoid", ["x"], ["y"])],
    values: { y: [1, 2, 2, 1] },
  });
  const calibration = await calibrationOf(model, {
    x: { min: 0, max: 1 },
    y: { min: 0, max: 1 },
  });
  const samples = {
    length: 1,
    read: () => Promise.resolve(new Map([["x", floats([1, 2, 2, 1], [0.1, 0.2, 0.3, 0.4])]])),
  };
  const layers = await layerSensitivity(model, await quantizeModel(model, calibration), samples);
  for (const { weights, activations } of layers) {
    assertEquals(weights, undefined);
    assert(activations !== undefined && !("agreement" in activations));
    assert(activations.sqnr > 40 && activations.sqnr < 80, String(activations.sqnr));
  }
});

Deno.test("layerSensitivity() refuses to work without samples and ends when told", async () => {
  const model = twoLayers();
  const quantized = await quantizedTwoLayers(model);
  await assertRejects(
    () => layerSensitivity(model, quantized, onesOf(0)),
    RangeError,
    'Cannot analyze "small": no samples',
  );
  await assertRejects(
    () => layerSensitivity(model, quantized, onesOf(1), { output: "z" }),
    RangeError,
    'Cannot observe value "z": "small" has no such value',
  );
  const abort = new AbortController();
  const reason = new Error("enough");
  await assertRejects(
    () =>
      layerSensitivity(model, quantized, onesOf(1), {
        signal: abort.signal,
        onProgress: (done) => done === 1 && abort.abort(reason),
      }),
    Error,
    "enough",
  );
});
