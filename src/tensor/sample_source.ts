import type { DenseTensor } from "./dense_tensor.ts";

/** The inputs of one inference: a tensor for each network input, by input name. */
export type Sample = ReadonlyMap<string, DenseTensor>;

/** Calibration or evaluation samples that are read one at a time, as often as needed. */
export interface SampleSource {
  /** How many samples there are. */
  readonly length: number;

  /**
   * Reads one sample.
   *
   * @param index Which one, from 0.
   * @param options The abort signal.
   * @throws {FormatError} If the data of the sample is missing or has the wrong size.
   */
  read(index: number, options?: { readonly signal?: AbortSignal }): Promise<Sample>;
}
