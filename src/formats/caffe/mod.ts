/**
 * The Caffe format: networks in text form (`deploy.prototxt`) and in binary form (caffemodel) of
 * every version, read without loading their weights and turned into ONNX operators.
 *
 * ```ts ignore
 * const weights = await openSource("lenet.caffemodel");
 * await using model = await openCaffe(await openSource("deploy.prototxt"), { weights });
 * ```
 *
 * @module
 */
export { isCaffe } from "./is_caffe.ts";
export { openCaffe, type OpenCaffeOptions } from "./open_caffe.ts";
