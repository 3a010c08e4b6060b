/**
 * Model files of every format, told apart by their first bytes.
 *
 * ```ts ignore
 * await using model = await openModel("model.onnx");
 * await saveDlc(model, "model.dlc");
 * ```
 *
 * @module
 */
export { openModel, type OpenModelOptions, type TensorflowChoice } from "./open_model.ts";
export { saveDlc, type SaveDlcOptions } from "./save_dlc.ts";
export * from "./caffe/mod.ts";
export * from "./caffe2/mod.ts";
export * from "./dlc/mod.ts";
export * from "./encodings/mod.ts";
export * from "./images/mod.ts";
export * from "./onnx/mod.ts";
export * from "./raw/mod.ts";
export * from "./tensorflow/mod.ts";
