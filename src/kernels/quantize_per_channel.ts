import { channelRuns, checkChannels, placeArray } from "./_channel_runs.ts";
import { convertBlocks } from "./_staging.ts";
import { checkScale, storedCodes } from "./_stored_codes.ts";
import type { ChannelLayout } from "./channel_layout.ts";
import type { CodeArray, StoredCodeOptions } from "./code_array.ts";
import { quantizeKernelFor } from "./quantize.ts";

/** A grid for each channel: `real = scales[c] * (q + offsets[c])`. */
export interface ChannelQuantizeOptions extends StoredCodeOptions {
  /** How the channels lie in the data. */
  readonly layout: ChannelLayout;
  /** The step of each channel's grid; positive. */
  readonly scales: Float64Array;
  /** The offset of each channel's grid; integers. */
  readonly offsets: Float64Array;
}

/**
 * Encodes numbers as {@linkcode quantize} does, each channel on its own grid.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param target As many integers; may begin at the first byte of the data.
 * @param options The channels, their grids, and how codes are stored.
 * @throws {RangeError} If lengths differ, the layout or a grid is impossible or codes do not fit.
 */
export function quantizePerChannel(
  data: Float32Array,
  target: CodeArray,
  options: ChannelQuantizeOptions,
): void {
  const { layout, scales, offsets } = options;
  checkGrids(options);
  const { top, shift } = storedCodes(target, options);
  const kernel = quantizeKernelFor(target);
  using placedScales = placeArray(scales);
  using placedOffsets = placeArray(offsets);
  convertBlocks(data, target, (input, output, count, start) => {
    const { first, inner, channel } = channelRuns(layout, start, count);
    kernel(
      input,
      output,
      count,
      first,
      inner,
      channel,
      layout.channels,
      placedScales.address,
      placedOffsets.address,
      top,
      shift,
    );
  });
}

/** Checks the grids of all channels. */
export function checkGrids({ layout, scales, offsets }: ChannelQuantizeOptions): void {
  checkChannels(layout, scales);
  checkChannels(layout, offsets);
  scales.forEach((scale, channel) => checkScale(scale, offsets[channel] ?? NaN));
}
