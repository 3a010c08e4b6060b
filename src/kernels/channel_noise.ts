import { checkChannels } from "./_channel_runs.ts";
import { allocate, type KernelBuffer } from "./kernel_buffer.ts";
import { channelNoise } from "./kernels.wasm";

/** What the noise of channels depends on; one number a channel each, none negative. */
export interface NoiseTerms {
  /** The least `u` there may be; above zero. */
  readonly least: Float64Array;
  /** The greatest `u` for a first limit of 1; may be `Infinity`. */
  readonly first: Float64Array;
  /** The greatest `u` for a second limit of 1; may be `Infinity`. */
  readonly second: Float64Array;
  /** What is divided by `u` for a first limit of 1. */
  readonly firstCost: Float64Array;
  /** What is divided by `u` for a second limit of 1. */
  readonly secondCost: Float64Array;
  /** What is multiplied by `u`. */
  readonly cost: Float64Array;
}

const TERMS = ["least", "first", "second", "firstCost", "secondCost", "cost"] as const;

/** Two channels side by side: the terms, one divided by `cost`, and the `u` that was found. */
const ROWS = 8;
const INVERSE_ROW = 6;
const FOUND_ROW = 7;

/** Terms of channels in kernel memory, where their noise under many limits is computed. */
export class PlacedNoise implements Disposable {
  readonly #buffer: KernelBuffer;
  readonly #channels: number;

  /**
   * Copies the terms.
   *
   * @param terms The terms.
   * @throws {RangeError} If there are none, or not as many of each.
   */
  constructor(terms: NoiseTerms) {
    const { length } = terms.least;
    for (const name of TERMS) checkChannels({ offset: 0, inner: 1, channels: length }, terms[name]);
    this.#channels = length;
    this.#buffer = allocate(Math.ceil(length / 2) * ROWS * 16);
    const placed = this.#buffer.float64();
    // The noise of a channel that fills up the last pair is zero.
    placed.fill(0).fill(1, -2 * ROWS, 2 * 3 - 2 * ROWS);
    for (let channel = 0; channel < length; channel++) {
      for (const [row, name] of TERMS.entries()) {
        placed[placeOf(channel, row)] = terms[name][channel]!;
      }
      placed[placeOf(channel, INVERSE_ROW)] = 1 / terms.cost[channel]!;
    }
  }

  /**
   * The sum over channels of the least `(first * firstCost + second * secondCost) / u + cost * u`, where
   * `u` is at least `least` if it may, and at most `first * terms.first` and `second * terms.second`. Where
   * all costs are zero it is the least.
   *
   * @param first The first limit, above zero.
   * @param second The second limit, above zero.
   */
  noiseAt(first: number, second: number): number {
    return channelNoise(this.#buffer.address, Math.ceil(this.#channels / 2), first, second);
  }

  /** The `u` of each channel in the noise that was computed last. */
  found(): Float64Array {
    const placed = this.#buffer.float64();
    return new Float64Array(this.#channels)
      .map((_, channel) => placed[placeOf(channel, FOUND_ROW)]!);
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#buffer[Symbol.dispose]();
  }
}

function placeOf(channel: number, row: number): number {
  return ((channel >>> 1) * ROWS + row) * 2 + channel % 2;
}
