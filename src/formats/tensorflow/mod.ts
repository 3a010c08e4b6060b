/**
 * The TensorFlow formats: frozen graphs, SavedModels of both generations, and `.meta` files with
 * their checkpoints, opened without loading their tensors.
 *
 * @example A graph of one operator
 * ```ts
 * import { openTensorflow, tensorflowKind } from "./mod.ts";
 * import { openSource } from "../../io/mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const url = new URL("../../../testdata/tensorflow/frozen_layers.pb", import.meta.url);
 * const source = await openSource(url);
 * const head = new Uint8Array(256);
 * await source.read(head, 0);
 * assertEquals(tensorflowKind(head), "graph");
 *
 * await using model = await openTensorflow(source);
 * assertEquals(model.inputs[0]?.shape, [1, 12, 12, 3]);
 * ```
 *
 * @module
 */
export {
  openTensorflow,
  type OpenTensorflowOptions,
  type UnconsumedNode,
} from "./open_tensorflow.ts";
export { savedModelFile } from "./saved_model_file.ts";
export { type TensorflowKind, tensorflowKind } from "./tensorflow_kind.ts";
