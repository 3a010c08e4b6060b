/**
 * How the error of a bias is found: `"empirical"` runs the quantized network stage by stage,
 * `"fast"` takes the input means of the float network, `"analytic"` those that folded batch norms tell.
 */
export type CorrectionMode = "empirical" | "fast" | "analytic";
