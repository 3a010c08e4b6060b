/**
 * Quantization after training: ranges are gathered from streams of values, become encodings, and the
 * model gets them as views on its weights and as records of its activations.
 *
 * @module
 */
export * from "./compute_encoding.ts";
export * from "./observer.ts";
export * from "./sqnr_accumulator.ts";
// Signatures that follow:
// class MinMaxObserver implements Observer; RANGE_METHODS, RangeMethodName
// placement(model, {separateActivations}?): Placement {observed, passedOn}
// observeParameters(model, options?): Promise<ReadonlyMap<string, ObservedParameter>>
// calibrate(model, samples, options?): Promise<Calibration>     (merge, ranges, toJSON, fromJSON)
// quantizeModel(model, samples or Calibration, options?): Promise<QuantizedModel extends Model>
// reportTensors(quantizedModel, options?): AsyncIterable<TensorReport>
