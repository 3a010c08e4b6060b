/**
 * How good a network is: accuracy on labelled samples, agreement and SQNR against another network.
 *
 * @module
 */
export * from "./evaluate_model.ts";
export * from "./top_classes.ts";
export * from "./wilson_interval.ts";
