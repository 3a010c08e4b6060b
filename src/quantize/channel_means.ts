/** Means of the channels of some values over samples, in double precision. */
export class ChannelMeans {
  /** The channel axis of each value. */
  readonly axes: ReadonlyMap<string, number>;
  readonly #sums = new Map<string, { readonly sum: Float64Array; samples: number }>();

  /** Starts with no samples. */
  constructor(axes: ReadonlyMap<string, number>) {
    this.axes = axes;
  }

  /**
   * Takes the channel means of one more sample.
   *
   * @throws {RangeError} If the value is not one of these, or has another number of channels.
   */
  add(value: string, mean: Float64Array): void {
    if (!this.axes.has(value)) throw new RangeError(`There are no means of "${value}"`);
    const entry = this.#sums.get(value) ?? { sum: new Float64Array(mean.length), samples: 0 };
    if (entry.sum.length !== mean.length) {
      throw new RangeError(
        `Cannot add means of "${value}": found ${mean.length} channels, expected ${entry.sum.length}`,
      );
    }
    const { sum } = entry;
    for (let channel = 0; channel < mean.length; channel++) sum[channel]! += mean[channel]!;
    entry.samples++;
    this.#sums.set(value, entry);
  }

  /** The mean of each channel over all samples; `undefined` before the first. */
  of(value: string): Float64Array | undefined {
    const entry = this.#sums.get(value);
    return entry?.sum.map((sum) => sum / entry.samples);
  }
}
