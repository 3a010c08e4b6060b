/**
 * Converts trained networks to Qualcomm's DLC container, quantizes them after training, runs and
 * measures the result; on models and calibration sets larger than memory.
 *
 * ```ts
 * import { imageSamples, listImages, openModel, quantizeModel, saveDlc } from "dlcstream";
 *
 * await using model = await openModel("testdata/mobilenet_v2/model.onnx");
 * const photos = (await listImages("testdata/coco")).slice(0, 2);
 * const samples = imageSamples(photos, model.inputs[0]!, { mean: [127.5], std: [127.5] });
 * await using quantized = await quantizeModel(model, samples);
 * await saveDlc(quantized, await Deno.makeTempFile({ suffix: ".dlc" }));
 * ```
 *
 * @module
 */
export * from "./src/errors.ts";
export {
  type ByteSource,
  openSource,
  type OpenSourceOptions,
  OutputError,
  parseByteSize,
  type ReadOptions,
} from "./src/io/mod.ts";
export * from "./src/tensor/mod.ts";
export * from "./src/graph/mod.ts";
export * from "./src/formats/mod.ts";
export * from "./src/execute/mod.ts";
export * from "./src/quantize/mod.ts";
export * from "./src/equalize/mod.ts";
export * from "./src/correct/mod.ts";
export * from "./src/evaluate/mod.ts";
export { VERSION } from "./src/version.ts";
