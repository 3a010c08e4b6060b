import type { TensorData } from "../tensor/mod.ts";

/**
 * Signal to quantization noise ratio, `10 * log10(Σ reference² / Σ (reference - actual)²)` in dB,
 * summed chunk by chunk in double precision: the result does not depend on how values are cut.
 */
export class SqnrAccumulator {
  #signal = 0;
  #noise = 0;

  /**
   * Adds pairs of values.
   *
   * @param reference The float values.
   * @param actual The quantized and decoded values, as many.
   * @throws {RangeError} If the lengths differ.
   */
  add(reference: TensorData, actual: TensorData): void {
    if (reference.length !== actual.length) {
      throw new RangeError(
        `Cannot compare tensors: ${reference.length} elements and ${actual.length} elements`,
      );
    }
    let signal = this.#signal;
    let noise = this.#noise;
    for (let i = 0; i < reference.length; i++) {
      const value = Number(reference[i]!);
      const error = value - Number(actual[i]!);
      signal += value * value;
      noise += error * error;
    }
    this.#signal = signal;
    this.#noise = noise;
  }

  /** Takes over the sums of another accumulator. */
  merge(other: SqnrAccumulator): void {
    this.#signal += other.#signal;
    this.#noise += other.#noise;
  }

  /** The ratio in dB; `Infinity` without noise, `-Infinity` with noise and no signal. */
  get decibels(): number {
    if (this.#noise === 0) return Infinity;
    return 10 * Math.log10(this.#signal / this.#noise);
  }
}
