import { MEMORY } from "./_memory.ts";
import type { ChannelLayout } from "./channel_layout.ts";
import { allocate, type KernelBuffer } from "./kernel_buffer.ts";

/** Where a block stands among the channels, as the kernels want it. */
export interface ChannelRuns {
  /** Elements until the channel changes for the first time. */
  readonly first: number;
  /** Elements until it changes again; not more than the block holds. */
  readonly inner: number;
  /** The channel of the first element. */
  readonly channel: number;
}

/** Where `count` elements stand that begin `start` elements behind the layout's offset. */
export function channelRuns(layout: ChannelLayout, start: number, count: number): ChannelRuns {
  const { inner, channels } = layout;
  const position = layout.offset + start;
  return {
    first: Math.min(inner - position % inner, count),
    inner: Math.min(inner, count),
    channel: Math.floor(position / inner) % channels,
  };
}

/**
 * Checks a layout and the length of an array with an element for each channel.
 *
 * @throws {RangeError} If a number is not an integer in its range, or the array has another length.
 */
export function checkChannels(layout: ChannelLayout, array: { readonly length: number }): void {
  const { offset, inner, channels } = layout;
  if (
    !Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(inner) || inner < 1 ||
    !Number.isSafeInteger(channels) || channels < 1
  ) {
    throw new RangeError(
      `Cannot follow the channels: offset ${offset}, inner ${inner}, channels ${channels}; ` +
        "expected integers, offset >= 0, the others >= 1",
    );
  }
  if (array.length !== channels) {
    throw new RangeError(
      `Cannot follow the channels: there are ${channels}, the array has ${array.length} elements`,
    );
  }
}

/** A copy of `values` in kernel memory. */
export function placeArray(values: Float64Array): KernelBuffer {
  const buffer = allocate(values.byteLength);
  new Float64Array(MEMORY, buffer.address, values.length).set(values);
  return buffer;
}
