/**
 * The ONNX format: recognizing and opening `.onnx` files without loading their tensors, serializing
 * small graphs for an inference engine, and writing models as a stream.
 *
 * @example A graph to bytes, and a model from them
 * ```ts
 * import { encodeOnnx, isOnnx, openOnnx } from "./mod.ts";
 * import { openSource } from "../../io/mod.ts";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const bytes = encodeOnnx({
 *   name: "example",
 *   nodes: [{ name: "relu", operator: "Relu", inputs: ["x"], outputs: ["y"], attributes: {} }],
 *   inputs: [{ name: "x", dtype: "float32", shape: [1, 3] }],
 *   outputs: [{ name: "y", dtype: "float32", shape: [1, 3] }],
 *   initializers: new Map(),
 * });
 * assert(isOnnx(bytes));
 *
 * await using model = await openOnnx(await openSource(bytes));
 * assertEquals(model.values.get("y")?.shape, [1, 3]);
 * ```
 *
 * @module
 */
export { encodeOnnx, type ExternalConstant, type SmallGraph } from "./encode/encode_onnx.ts";
export { isOnnx } from "./is_onnx.ts";
export { openOnnx } from "./open_onnx.ts";
export { writeOnnx, type WriteOnnxOptions, type WriteProgress } from "./write/write_onnx.ts";
