/**
 * Passes of ten samples through MobileNetV2 at 224x224: what the network alone costs (`baseline`),
 * and what looking inside costs on top. Opening the sessions is part of each pass.
 *
 * Usage: `deno bench -A bench/execute`
 *
 * @module
 */
import { openEngine, runModel, sweep, sweepRanges } from "../../src/execute/mod.ts";
import { openOnnx } from "../../src/formats/onnx/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { openSource } from "../../src/io/mod.ts";
import { minMax } from "../../src/kernels/mod.ts";
import { placement, quantizeModel } from "../../src/quantize/mod.ts";

const SAMPLES = 10;
const MEBIBYTE = 2 ** 20;

const path = new URL("../../testdata/mobilenet_v2/model.onnx", import.meta.url);
const model = await openOnnx(await openSource(path));
const { observed } = placement(model);

let state = 1;
const noise = Array.from(
  { length: SAMPLES },
  () =>
    Float32Array.from({ length: 3 * 224 * 224 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    }),
);
const samples = {
  length: SAMPLES,
  read: (index: number) =>
    Promise.resolve(
      new Map(model.inputs.map(({ name, dtype, shape }) => [
        name,
        { dtype, shape, data: noise[index] ?? new Float32Array(0) },
      ])),
    ),
};
const quantized = await quantizeModel(model, samples);
const wasm = await openEngine({ engine: "wasm" });

async function run(network: Model, options: Parameters<typeof runModel>[2] = {}): Promise<void> {
  for await (const { outputs } of runModel(network, samples, options)) outputs.size;
}

const group = "10 x MobileNetV2";

Deno.bench("runModel, float", { group, baseline: true }, async () => await run(model));

Deno.bench("runModel, float, wasm", { group }, async () => await run(model, { engine: wasm }));

Deno.bench("runModel, float, 32 MiB", { group }, async () => {
  await run(model, { memoryLimit: 32 * MEBIBYTE });
});

Deno.bench("runModel, fake-quantized", { group }, async () => await run(quantized));

Deno.bench("sweepRanges", { group }, async () => {
  await sweepRanges(model, samples, () => {}, { observe: observed });
});

Deno.bench("sweep with minMax", { group }, async () => {
  await sweep(model, samples, (_value, { data }) => {
    if (data instanceof Float32Array) minMax(data);
  }, { observe: observed });
});
