/**
 * Bias correction: quantized weights move the means of layers' outputs, biases move them back. What
 * is to be added is measured in a sweep of the quantized network, estimated from the means of its
 * inputs, or computed from folded batch norms.
 *
 * @module
 */
export { applyCorrections, type CorrectedModel } from "./apply_corrections.ts";
export * from "./correctable_layers.ts";
export { correctionLogPath } from "./correction_log.ts";
export type { CorrectionMode } from "./correction_mode.ts";
export { expectedMeans } from "./expected_means.ts";
export { clippedMean, type ClippedNormal } from "./normal_distribution.ts";
export * from "./quantize_corrected.ts";
export { weightedSums } from "./weighted_sums.ts";
