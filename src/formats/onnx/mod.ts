/**
 * The ONNX format: recognizing and opening `.onnx` files without loading their tensors, serializing
 * small graphs for an inference engine, and writing models as a stream.
 *
 * @module
 */
export { encodeOnnx, type ExternalConstant, type SmallGraph } from "./encode/encode_onnx.ts";
export { isOnnx } from "./is_onnx.ts";
export { openOnnx, type OpenOnnxOptions } from "./open_onnx.ts";
export { writeOnnx, type WriteOnnxOptions, type WriteProgress } from "./write/write_onnx.ts";
