/**
 * Quantization after training: ranges are gathered from streams of values, become encodings, and the
 * model gets them as views on its weights and as records of its activations.
 *
 * @module
 */
export { assignOverrides } from "./assign_overrides.ts";
export * from "./calibrate.ts";
export { Calibration, type CalibrationState } from "./calibration.ts";
export { channelAxis } from "./channel_axis.ts";
export { ChannelMeans } from "./channel_means.ts";
export * from "./compute_encoding.ts";
export * from "./encoding_schema.ts";
export { fingerprint } from "./fingerprint.ts";
export * from "./histogram_observer.ts";
export * from "./min_max_observer.ts";
export * from "./observe_tensor.ts";
export * from "./observer.ts";
export { checkOverrides } from "./check_overrides.ts";
export { readCalibration } from "./read_calibration.ts";
export { type ParameterRole, parameterRoles } from "./parameter_roles.ts";
export * from "./placement.ts";
export { type ParameterOptions } from "./plan_parameters.ts";
export { prepareModel, type PrepareOptions } from "./prepare_model.ts";
export * from "./quantize_model.ts";
export * from "./quantize_progress.ts";
export * from "./quantized_tensor.ts";
export type { Observation, RangeMethod, RangeMethodOptions } from "./range_method.ts";
export { isRangeMethodName, RANGE_METHODS, type RangeMethodName } from "./range_methods.ts";
export type { Bins } from "./bins.ts";
export * from "./report_tensors.ts";
export * from "./sqnr_accumulator.ts";
export { roundEncoding } from "./round_encodings.ts";
