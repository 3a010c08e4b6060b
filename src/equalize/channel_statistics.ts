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
  /** Sum of their squares. */
  readonly squares: Float64Array;
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
    this.squares = new Float64Array(channels);
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
   * @param values `[batch, channels, …]`, finite.
   * @param inner Elements of a channel in a row: the product of the dimensions behind the second.
   */
  observe(values: Float32Array, inner: number): void {
    const { channels } = this;
    const { lower, upper } = this.#limits;
    this.count += values.length / channels;
    for (let start = 0; start < values.length; start += inner) {
      const channel = (start / inner) % channels;
      let [low, high, sum, squares, active, excess, passing] = [Infinity, -Infinity, 0, 0, 0, 0, 0];
      for (let i = start; i < start + inner; i++) {
        const value = values[i] as number;
        if (value < low) low = value;
        if (value > high) high = value;
        sum += value;
        squares += value * value;
        if (value > upper) {
          excess += (value - upper) * (value - upper);
          active += upper * upper;
        } else if (value > lower) {
          active += value * value;
          if (value < upper) passing++;
        }
      }
      this.#add(channel, { low, high, sum, squares, active, excess, passing });
    }
  }

  /** Takes over what other statistics of the same layer have seen. */
  merge(other: ChannelStatistics): void {
    this.count += other.count;
    for (let channel = 0; channel < this.channels; channel++) {
      this.#add(channel, {
        low: other.min[channel] ?? Infinity,
        high: other.max[channel] ?? -Infinity,
        sum: other.sum[channel] ?? 0,
        squares: other.squares[channel] ?? 0,
        active: other.activeSquares[channel] ?? 0,
        excess: other.excessSquares[channel] ?? 0,
        passing: other.passing[channel] ?? 0,
      });
    }
  }

  /** Mean of a channel before the activation function. */
  mean(channel: number): number {
    return (this.sum[channel] ?? 0) / this.count;
  }

  /** Standard deviation of a channel before the activation function. */
  deviation(channel: number): number {
    const mean = this.mean(channel);
    return Math.sqrt(Math.max(0, (this.squares[channel] ?? 0) / this.count - mean * mean));
  }

  #add(channel: number, part: {
    readonly low: number;
    readonly high: number;
    readonly sum: number;
    readonly squares: number;
    readonly active: number;
    readonly excess: number;
    readonly passing: number;
  }): void {
    const { min, max, sum, squares, activeSquares, excessSquares, passing } = this;
    min[channel] = Math.min(min[channel] ?? Infinity, part.low);
    max[channel] = Math.max(max[channel] ?? -Infinity, part.high);
    sum[channel] = (sum[channel] ?? 0) + part.sum;
    squares[channel] = (squares[channel] ?? 0) + part.squares;
    activeSquares[channel] = (activeSquares[channel] ?? 0) + part.active;
    excessSquares[channel] = (excessSquares[channel] ?? 0) + part.excess;
    passing[channel] = (passing[channel] ?? 0) + part.passing;
  }
}
