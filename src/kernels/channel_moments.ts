import { channelRuns, checkChannels } from "./_channel_runs.ts";
import { readBlocks } from "./_staging.ts";
import type { ChannelLayout } from "./channel_layout.ts";
import { allocate } from "./kernel_buffer.ts";
import { channelMoments as momentsKernel } from "./kernels.wasm";

/** Between which numbers {@linkcode channelMoments} tells apart. */
export interface MomentLimits {
  /** The lower limit; zero or `-Infinity`. */
  readonly lower: number;
  /** The upper limit; may be `Infinity`. */
  readonly upper: number;
}

/** Sums over the elements of each channel, in double precision. */
export interface ChannelMoments {
  /** The elements. */
  readonly sum: Float64Array;
  /** Their squares. */
  readonly squares: Float64Array;
  /** The squares of the elements when they are cut at the limits. */
  readonly activeSquares: Float64Array;
  /** The squares of what is above the upper limit. */
  readonly excessSquares: Float64Array;
  /** How many elements are strictly between the limits. */
  readonly passing: Float64Array;
}

const MOMENTS = ["sum", "squares", "activeSquares", "excessSquares", "passing"] as const;

/**
 * Adds the elements of each channel to the moments of the channels. The order of the additions depends on
 * how the data is cut, so the last bits of the sums may.
 *
 * @param data The numbers, all finite; read in place if they lie in kernel memory.
 * @param options How the channels lie in the data; the limits.
 * @param into The moments, one number a channel each.
 * @throws {RangeError} If the layout is impossible, or there is not one number a channel.
 */
export function channelMoments(
  data: Float32Array,
  { lower, upper, ...layout }: ChannelLayout & MomentLimits,
  into: ChannelMoments,
): void {
  for (const name of MOMENTS) checkChannels(layout, into[name]);
  const { channels } = layout;
  using buffer = allocate(channels * MOMENTS.length * 8);
  const placed = buffer.float64().fill(0);
  readBlocks(data, (input, _output, count, start) => {
    const { first, inner, channel } = channelRuns(layout, start, count);
    momentsKernel(input, count, first, inner, channel, channels, lower, upper, buffer.address);
  });
  for (const [index, name] of MOMENTS.entries()) {
    const moments = into[name];
    for (let channel = 0; channel < channels; channel++) {
      moments[channel]! += placed[channel * MOMENTS.length + index]!;
    }
  }
}
