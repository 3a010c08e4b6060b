import { channelRuns, checkChannels, placeArray } from "./_channel_runs.ts";
import { readBlocks } from "./_staging.ts";
import type { ChannelLayout } from "./channel_layout.ts";
import { channelSums as sumKernel } from "./kernels.wasm";

/**
 * Adds up the elements of each channel in double precision, on top of what `into` holds. The order
 * of the additions depends on how the data is cut, so the last bits of the sums may.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param layout How the channels lie in the data.
 * @param into One sum a channel.
 * @throws {RangeError} If the layout is impossible, or there is not one sum a channel.
 */
export function channelSums(
  data: Float32Array,
  layout: ChannelLayout,
  into: Float64Array,
): void {
  checkChannels(layout, into);
  using placed = placeArray(into);
  readBlocks(data, (input, _output, count, start) => {
    const { first, inner, channel } = channelRuns(layout, start, count);
    sumKernel(input, count, first, inner, channel, layout.channels, placed.address);
  });
  into.set(placed.float64());
}
