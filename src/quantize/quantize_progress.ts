/** How far a quantization is. */
export interface QuantizeProgress {
  /** `"parameters"` while weights are observed, `"calibrate"` while samples run. */
  readonly stage: "parameters" | "calibrate";
  /** Units that are done. */
  readonly done: number;
  /** All units. */
  readonly total: number;
  /** What is counted. */
  readonly unit: "bytes" | "layers" | "samples";
  /** The tensor at work. */
  readonly item?: string;
}
