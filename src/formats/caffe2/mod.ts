/**
 * The Caffe2 format: a predict net with the init net that makes its weights, read without loading
 * these and turned into ONNX operators.
 *
 * ```ts ignore
 * await using model = await openCaffe2(await openSource("predict_net.pb"), {
 *   weights: await openSource("init_net.pb"),
 *   inputShapes: new Map([["data", [1, 3, 224, 224]]]),
 * });
 * ```
 *
 * @module
 */
export { isCaffe2 } from "./is_caffe2.ts";
export { openCaffe2, type OpenCaffe2Options } from "./open_caffe2.ts";
