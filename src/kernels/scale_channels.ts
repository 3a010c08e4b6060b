import { channelRuns, checkChannels, placeArray } from "./_channel_runs.ts";
import { changeBlocks } from "./_staging.ts";
import type { ChannelLayout } from "./channel_layout.ts";
import { scaleChannels as scaleKernel } from "./kernels.wasm";

/**
 * Multiplies the elements of each channel by its factor, in place. The product is made in double
 * precision and rounded once: `fround(x * factor)`.
 *
 * @param data The numbers; changed where they are if they lie in kernel memory.
 * @param layout How the channels lie in the data.
 * @param factors One factor a channel.
 * @throws {RangeError} If the layout is impossible, or there is not one factor a channel.
 */
export function scaleChannels(
  data: Float32Array,
  layout: ChannelLayout,
  factors: Float64Array,
): void {
  checkChannels(layout, factors);
  using placed = placeArray(factors);
  changeBlocks(data, (input, _output, count, start) => {
    const { first, inner, channel } = channelRuns(layout, start, count);
    scaleKernel(input, count, first, inner, channel, layout.channels, placed.address);
  });
}
