/**
 * Quantizing MobileNetV2 at 224x224 over 24 samples: calibration alone (`baseline`), then with bias
 * correction in each mode. All parts of the work are in: sessions, weights read twice, encodings.
 *
 * Usage: `deno bench -A bench/correct`
 *
 * @module
 */
import { quantizeCorrected } from "../../src/correct/mod.ts";
import { openEngine } from "../../src/execute/mod.ts";
import { openOnnx } from "../../src/formats/onnx/mod.ts";
import { openSource } from "../../src/io/mod.ts";
import { quantizeModel } from "../../src/quantize/mod.ts";
import { noiseSamples } from "../../tests/correct/_networks.ts";
import { inMemory } from "./_in_memory.ts";

const path = new URL("../../testdata/mobilenet_v2/model.onnx", import.meta.url);
const model = await openOnnx(await openSource(path));
const samples = await inMemory(noiseSamples(model, 24));
const engine = await openEngine();

const group = "24 x MobileNetV2";

Deno.bench("calibration", { group, baseline: true }, async () => {
  await quantizeModel(model, samples, { engine });
});

for (const correctionMode of ["empirical", "fast"] as const) {
  Deno.bench(`bias correction, ${correctionMode}`, { group }, async () => {
    await quantizeCorrected(model, samples, { engine, correctionMode });
  });
}

Deno.bench("bias correction, activations as well", { group }, async () => {
  await quantizeCorrected(model, samples, { engine, correctActivations: true });
});
