/** Runs networks on ONNX Runtime, as much of the graph at a time as fits the memory limit. @module */
export {
  type ActivationKey,
  ActivationStore,
  type ActivationStoreOptions,
} from "./activation_store.ts";
export * from "./engine.ts";
export { openEngine } from "./open_engine.ts";
export * from "./evaluate_node.ts";
export * from "./execute_options.ts";
export * from "./run_model.ts";
export { requireFinite } from "./require_finite.ts";
export * from "./sweep.ts";
export * from "./sweep_statistics.ts";
export * from "./sweep_visitor.ts";
