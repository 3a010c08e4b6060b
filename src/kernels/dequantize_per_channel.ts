import { channelRuns, placeArray } from "./_channel_runs.ts";
import { convertBlocks } from "./_staging.ts";
import { storedCodes } from "./_stored_codes.ts";
import type { CodeArray } from "./code_array.ts";
import { dequantizeKernelFor } from "./dequantize.ts";
import { type ChannelQuantizeOptions, checkGrids } from "./quantize_per_channel.ts";

/**
 * Decodes what {@linkcode quantizePerChannel} stored with the same options.
 *
 * @param source The stored integers; read in place if they lie in kernel memory.
 * @param target As many numbers; must not overlap the source.
 * @param options The channels, their grids, and how codes are stored.
 * @throws {RangeError} If lengths differ, the layout or a grid is impossible or codes do not fit.
 */
export function dequantizePerChannel(
  source: CodeArray,
  target: Float32Array,
  options: ChannelQuantizeOptions,
): void {
  const { layout, scales, offsets } = options;
  checkGrids(options);
  const { shift } = storedCodes(source, options);
  const kernel = dequantizeKernelFor(source);
  using placedScales = placeArray(scales);
  using placedZeros = placeArray(offsets.map((offset) => offset + shift));
  convertBlocks(source, target, (input, output, count, start) => {
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
      placedZeros.address,
    );
  });
}
