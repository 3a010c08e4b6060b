/** Element types, tensor references, views and chunk iterators. @module */
export * from "./data_type.ts";
export * from "./dense_tensor.ts";
export * from "./encoding.ts";
export * from "./sample_source.ts";
export * from "./tensor_reference.ts";
