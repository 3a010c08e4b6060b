/**
 * Cross-layer equalization: a float network becomes one that computes the same and survives
 * quantization with one step a tensor. Weights get views, nothing is written.
 *
 * @module
 */
export type { AbsorptionSource } from "./absorption.ts";
export { type ActivationLimits, ChannelStatistics } from "./channel_statistics.ts";
export type { EqualizableLayer, LayerKind } from "./equalizable_layer.ts";
export * from "./equalization_report.ts";
export * from "./equalize_model.ts";
export * from "./find_layer_sets.ts";
export type { EqualizeProgress } from "./iterate_scales.ts";
export type { LayerLink, LinkActivation, Through } from "./layer_link.ts";
export { type ChannelNoise, noiseScales } from "./noise_scales.ts";
export { pairScales, type TripleScales, tripleScales } from "./range_scales.ts";
export type { Relu6Handling } from "./settle_ceiling.ts";
