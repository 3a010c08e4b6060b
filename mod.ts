/**
 * Converts trained networks to Qualcomm's DLC container, quantizes them after training, runs and
 * measures the result; on models and calibration sets larger than memory.
 *
 * ```ts ignore
 * import { imageSamples, listImages, openModel, quantizeModel, saveDlc } from "dlcstream";
 *
 * await using model = await openModel("model.onnx");
 * const photos = imageSamples(await listImages("photos"), model.inputs[0]!, { mean: [127.5], std: [127.5] });
 * await using quantized = await quantizeModel(model, photos);
 * await saveDlc(quantized, "model_quantized.dlc");
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
export * from "./src/evaluate/mod.ts";
export { VERSION } from "./src/version.ts";
