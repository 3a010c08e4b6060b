/**
 * The model: nodes with ONNX meanings, values with static shapes, and the rewrites that keep their
 * meaning. Every format ends in {@linkcode buildModel}, every later room starts from its result.
 *
 * @module
 */
export * from "./attributes.ts";
export * from "./build/build_model.ts";
export * from "./build/check_part.ts";
export * from "./build/graph_assembler.ts";
export * from "./build/graph_description.ts";
export * from "./build/node_emitter.ts";
export { GraphResolver, type GraphState, type ResolveGraphOptions } from "./build/resolve_graph.ts";
export * from "./constants/model_constants.ts";
export * from "./einsum_subscripts.ts";
export * from "./make_attribute.ts";
export * from "./is_padded.ts";
export * from "./model.ts";
export * from "./onnx_data_type.ts";
export * from "./open_network_options.ts";
export type { TensorType } from "./operators/operator_schema.ts";
export { isKnownOperator, knownOperators } from "./operators/registry.ts";
export * from "./producers.ts";
export * from "./count_work.ts";
export * from "./rewrite/cancel_transposes.ts";
export * from "./rewrite/fold_batch_norms.ts";
export * from "./rewrite/fold_biases.ts";
export * from "./rewrite/fold_gemm_factors.ts";
export * from "./rewrite/fold_layers.ts";
export * from "./rewrite/fuse_gelus.ts";
export * from "./rewrite/fused_activations.ts";
export { freeName } from "./rewrite/rewrite_model.ts";
export * from "./rewrite/select_outputs.ts";
export * from "./rewrite/simplify.ts";
