import { channelMoments } from "../kernels/mod.ts";

/** Between which ends an activation function cuts. */
export interface ActivationLimits {
  /** The least value it gives. */
  readonly lower: number;
  /** The greatest value it gives. */
  readonly upper: number;
}

/**
 * What the channels of a layer's output are over some samples, before and behind the activation
 * function. Statistics of parts of the samples merge to those of all.
 */
export class ChannelStatistics {
  /** Elements of each channel. */
  count = 0;
  /** The least element of each channel, before the activation function. */
  readonly min: Float64Array;
  /** The greatest element of each channel, before the activation function. */
  readonly max: Float64Array;
  /** Sum of the elements before the activation function. */
  readonly sum: Float64Array;
  /** Sum of the squares behind the activation function. */
  readonly activeSquares: Float64Array;
  /** Sum of the squares of what is above the ceiling: the error of leaving the ceiling out. */
  readonly excessSquares: Float64Array;
  /** Elements strictly between the limits. */
  readonly passing: Float64Array;
  readonly #limits: ActivationLimits;

  /** Begins with no sample. */
  constructor(channels: number, limits: ActivationLimits) {
    this.#limits = limits;
    this.min = new Float64Array(channels).fill(Infinity);
    this.max = new Float64Array(channels).fill(-Infinity);
    this.sum = new Float64Array(channels);
    this.activeSquares = new Float64Array(channels);
    this.excessSquares = new Float64Array(channels);
    this.passing = new Float64Array(channels);
  }

  /** How many channels there are. */
  get channels(): number {
    return this.min.length;
  }

  /**
   * Takes one sample's output of the layer.
   *
   * @param values `[batch, channels, …]`.
   * @param inner Elements of a channel in a row: the product of the dimensions behind the second.
   * @returns Whether all values are finite; if not, the statistics are of no use any more.
   */
  observe(values: Float32Array, inner: number): boolean {
    const layout = { offset: 0, inner, channels: this.channels };
    this.count += values.length / this.channels;
    return channelMoments(values, { ...layout, ...this.#limits }, this);
  }

  /** Takes over what other statistics of the same layer have seen. */
  merge(other: ChannelStatistics): void {
    this.count += other.count;
    for (let channel = 0; channel < this.channels; channel++) {
      this.min[channel] = Math.min(this.min[channel]!, other.min[channel]!);
      this.max[channel] = Math.max(this.max[channel]!, other.max[channel]!);
      this.sum[channel]! += other.sum[channel]!;
      this.activeSquares[channel]! += other.activeSquares[channel]!;
      this.excessSquares[channel]! += other.excessSquares[channel]!;
      this.passing[channel]! += other.passing[channel]!;
    }
  }

  /** Mean of a channel before the activation function. */
  mean(channel: number): number {
    return (this.sum[channel] ?? 0) / this.count;
  }
}
