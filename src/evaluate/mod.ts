/**
 * How good a network is: accuracy on labelled samples, agreement and SQNR against another network, and
 * where accuracy goes when it is quantized.
 *
 * @module
 */
export * from "./analysis.ts";
export * from "./analyze_model.ts";
export { compareValues, type CompareValuesOptions } from "./compare_values.ts";
export * from "./evaluate_model.ts";
export {
  type LayerSensitivity,
  layerSensitivity,
  type LayerSensitivityOptions,
  type OutputQuality,
} from "./layer_sensitivity.ts";
export { type Optimization, OPTIMIZATIONS, type OptimizeOptions } from "./quantize_optimized.ts";
export * from "./top_classes.ts";
export { type WeightRanges, weightRanges } from "./weight_ranges.ts";
export * from "./wilson_interval.ts";
