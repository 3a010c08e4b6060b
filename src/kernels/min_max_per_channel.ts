import { channelRuns, checkChannels } from "./_channel_runs.ts";
import { readBlocks } from "./_staging.ts";
import type { ChannelLayout } from "./channel_layout.ts";
import { allocate } from "./kernel_buffer.ts";
import { minMaxPerChannel as minMaxKernel } from "./kernels.wasm";

/** Ranges of channels; begin with `Infinity` in `min` and `-Infinity` in `max`. */
export interface ChannelRanges {
  /** The smallest number of each channel. */
  readonly min: Float32Array | Float64Array;
  /** The largest number of each channel. */
  readonly max: Float32Array | Float64Array;
}

/**
 * Widens the range of each channel by the data, so that a tensor can come in pieces.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param layout How the channels lie in the data.
 * @param into The ranges, one element a channel.
 * @returns Whether all numbers are finite. If not, the ranges are widened by the finite ones.
 * @throws {RangeError} If the layout is impossible, or `into` has not one element a channel.
 */
export function minMaxPerChannel(
  data: Float32Array,
  layout: ChannelLayout,
  into: ChannelRanges,
): boolean {
  const { min, max } = into;
  checkChannels(layout, min);
  checkChannels(layout, max);
  using ranges = allocate(layout.channels * 8);
  const pairs = ranges.float32();
  for (let channel = 0; channel < layout.channels; channel++) {
    pairs[2 * channel] = min[channel] ?? Infinity;
    pairs[2 * channel + 1] = max[channel] ?? -Infinity;
  }
  let sure = true;
  readBlocks(data, (input, _output, count, start) => {
    const { first, inner, channel } = channelRuns(layout, start, count);
    const { channels } = layout;
    if (minMaxKernel(input, count, first, inner, channel, channels, ranges.address) === 0) {
      sure = false;
    }
  });
  for (let channel = 0; sure && channel < layout.channels; channel++) {
    sure = pairs[2 * channel] !== -Infinity && pairs[2 * channel + 1] !== Infinity;
  }
  if (!sure) return widenByFinite(data, layout, into);
  for (let channel = 0; channel < layout.channels; channel++) {
    min[channel] = pairs[2 * channel] ?? Infinity;
    max[channel] = pairs[2 * channel + 1] ?? -Infinity;
  }
  return true;
}

/** The rare case, one number at a time. */
function widenByFinite(
  data: Float32Array,
  layout: ChannelLayout,
  { min, max }: ChannelRanges,
): boolean {
  let finite = true;
  data.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      finite = false;
      return;
    }
    const channel = Math.floor((layout.offset + index) / layout.inner) % layout.channels;
    min[channel] = Math.min(min[channel] ?? Infinity, value);
    max[channel] = Math.max(max[channel] ?? -Infinity, value);
  });
  return finite;
}
