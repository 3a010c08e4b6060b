/** Element types, tensor references, views and chunk iterators. @module */
export * from "./data_type.ts";
export * from "./dense_tensor.ts";
export * from "./encoding.ts";
export * from "./int4.ts";
export * from "./read_chunks.ts";
export * from "./read_dense.ts";
export * from "./reference_tensor.ts";
export * from "./sample_source.ts";
export * from "./tensor_reference.ts";
export * from "./view_tensor.ts";
export * from "./tensor_data.ts";
