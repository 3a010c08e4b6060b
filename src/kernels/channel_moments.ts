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

/** Ranges of the elements of each channel and sums over them, in double precision. */
export interface ChannelMoments {
  /** The least element; begin with `Infinity`. */
  readonly min: Float64Array;
  /** The greatest element; begin with `-Infinity`. */
  readonly max: Float64Array;
  /** Sum of the elements. */
  readonly sum: Float64Array;
  /** Sum of the squares of the elements when they are cut at the limits. */
  readonly activeSquares: Float64Array;
  /** Sum of the squares of what is above the upper limit. */
  readonly excessSquares: Float64Array;
  /** How many elements are strictly between the limits. */
  readonly passing: Float64Array;
}

const MOMENTS = ["min", "max", "sum", "activeSquares", "excessSquares", "passing"] as const;

/** As the kernel lays them out: four sums in double precision, then a range in single precision. */
const MOMENT_BYTES = 40;

/**
 * Adds the elements of each channel to the moments of the channels, in one pass. The order of the
 * additions depends on how the data is cut, so the last bits of the sums may.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param options How the channels lie in the data; the limits.
 * @param into The moments, one number a channel each.
 * @returns Whether all numbers are finite. If not, the moments are of no use any more.
 * @throws {RangeError} If the layout is impossible, or there is not one number a channel.
 */
export function channelMoments(
  data: Float32Array,
  { lower, upper, ...layout }: ChannelLayout & MomentLimits,
  into: ChannelMoments,
): boolean {
  for (const name of MOMENTS) checkChannels(layout, into[name]);
  const { channels } = layout;
  using buffer = allocate(channels * MOMENT_BYTES);
  const sums = buffer.float64().fill(0);
  const ranges = buffer.float32();
  for (let channel = 0; channel < channels; channel++) {
    ranges[10 * channel + 8] = Infinity;
    ranges[10 * channel + 9] = -Infinity;
  }
  readBlocks(data, (input, _output, count, start) => {
    const { first, inner, channel } = channelRuns(layout, start, count);
    momentsKernel(input, count, first, inner, channel, channels, lower, upper, buffer.address);
  });
  const { min, max, sum, activeSquares, excessSquares, passing } = into;
  let total = 0;
  for (let channel = 0; channel < channels; channel++) {
    const place = 5 * channel;
    sum[channel]! += sums[place]!;
    activeSquares[channel]! += sums[place + 1]!;
    excessSquares[channel]! += sums[place + 2]!;
    passing[channel]! += sums[place + 3]!;
    min[channel] = Math.min(min[channel]!, ranges[2 * place + 8]!);
    max[channel] = Math.max(max[channel]!, ranges[2 * place + 9]!);
    total += sums[place]!;
  }
  // Doubles hold any sum of floats, so this one is finite if and only if all of them are.
  return Number.isFinite(total);
}
