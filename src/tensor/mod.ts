/**
 * Tensors that are described, not held: where their elements lie, the views between storage and
 * reader, and iterators that stream the result in chunks.
 *
 * @example Streaming the transpose of a matrix
 * ```ts
 * import { readChunks, referenceDense, viewTensor } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new Float32Array([1, 2, 3, 4, 5, 6]);
 * const matrix = referenceDense("matrix", { dtype: "float32", shape: [2, 3], data });
 * const transposed = viewTensor(matrix, { kind: "permute", order: [1, 0] });
 * const values: unknown[] = [];
 * for await (const chunk of readChunks(transposed)) values.push(...chunk.data);
 * assertEquals(values, [1, 4, 2, 5, 3, 6]);
 * ```
 *
 * @module
 */
export * from "./data_type.ts";
export * from "./dense_tensor.ts";
export * from "./encoding.ts";
export * from "./int4.ts";
export * from "./read_chunks.ts";
export * from "./read_dense.ts";
export * from "./reference_tensor.ts";
export { sameGrid } from "./same_grid.ts";
export * from "./sample_source.ts";
export * from "./tensor_reference.ts";
export * from "./view_tensor.ts";
export * from "./tensor_data.ts";
