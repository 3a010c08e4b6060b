/** How far a quantization is. */
export interface QuantizeProgress {
  /**
   * `"parameters"` while weights are observed, `"calibrate"` while samples run, `"correct"` while the
   * errors of biases are measured.
   */
  readonly stage: "parameters" | "calibrate" | "correct";
  /** Units that are done. */
  readonly done: number;
  /** All units. */
  readonly total: number;
  /** What is counted. */
  readonly unit: "bytes" | "layers" | "samples";
  /** The tensor at work. */
  readonly item?: string;
}
