import { minMaxPerChannel } from "../kernels/mod.ts";
import {
  countElements,
  readChunks,
  type ReadChunksOptions,
  type TensorReference,
  viewTensor,
} from "../tensor/mod.ts";
import { finiteRange } from "./finite_range.ts";
import { MinMaxObserver } from "./min_max_observer.ts";
import type { Observer } from "./observer.ts";

/** Options for {@linkcode observeTensor} and {@linkcode observeChannels}. */
export interface ObserveTensorOptions extends ReadChunksOptions {
  /** Makes an observer. */
  readonly createObserver: () => Observer;
  /** Called after each chunk; a tensor that must be read twice counts half each time. */
  readonly onBytes?: (bytes: number) => void;
}

/** Options for {@linkcode observeChannels}. */
export interface ObserveChannelsOptions extends ObserveTensorOptions {
  /** The axis whose every index has an observer of its own. */
  readonly axis: number;
}

/**
 * Streams a tensor through an observer; twice, where the observer must know its range beforehand.
 *
 * @throws {FormatError} If an element is NaN or infinite.
 */
export async function observeTensor(
  reference: TensorReference,
  { createObserver, onBytes, ...read }: ObserveTensorOptions,
): Promise<Observer> {
  const observer = createObserver();
  const passes = observer.beginTensor === undefined ? 1 : 2;
  if (observer.beginTensor !== undefined) {
    const ends = new MinMaxObserver();
    for await (const { offset, data } of floatChunks(reference, read)) {
      ends.observe(data, { tensor: reference.name, offset });
      onBytes?.(data.byteLength / passes);
    }
    observer.beginTensor(ends.range() ?? { min: 0, max: 0 }, countElements(reference.shape));
  }
  for await (const { offset, data } of floatChunks(reference, read)) {
    observer.observe(data, { tensor: reference.name, offset });
    onBytes?.(data.byteLength / passes);
  }
  return observer;
}

/**
 * Streams a tensor through an observer for each index of an axis and gives these in order. Except
 * where ranges are all that is observed, there is one observer at a time, so that the memory does not
 * grow with the number of channels.
 *
 * @throws {FormatError} If an element is NaN or infinite.
 */
export async function* observeChannels(
  reference: TensorReference,
  { axis, createObserver, onBytes, ...read }: ObserveChannelsOptions,
): AsyncGenerator<Observer> {
  const channels = reference.shape[axis] ?? 1;
  const { observeRange, beginTensor } = createObserver();
  const passes = observeRange === undefined && beginTensor !== undefined ? 2 : 1;
  const count = (bytes: number) => onBytes?.(bytes / passes);
  const ends = observeRange === undefined && beginTensor === undefined
    ? undefined
    : await channelRanges(reference, { ...read, axis, onBytes: count });
  const rangeOf = (channel: number) => ({
    min: ends?.min[channel] ?? 0,
    max: ends?.max[channel] ?? 0,
  });
  if (observeRange !== undefined) {
    for (let channel = 0; channel < channels; channel++) {
      const observer = createObserver();
      observer.observeRange?.(rangeOf(channel));
      yield observer;
    }
    return;
  }
  // Channel after channel, whatever the layout.
  const order = [axis, ...reference.shape.keys().filter((other) => other !== axis)];
  const ordered = viewTensor(reference, { kind: "permute", order });
  const size = countElements(reference.shape) / channels;
  const begin = (channel: number): Observer => {
    const observer = createObserver();
    observer.beginTensor?.(rangeOf(channel), size);
    return observer;
  };
  let observer = begin(0);
  for await (const { offset, data } of floatChunks(ordered, read)) {
    for (let start = 0; start < data.length;) {
      const position = offset + start;
      const channel = Math.floor(position / size);
      const end = Math.min(data.length, (channel + 1) * size - offset);
      observer.observe(data.subarray(start, end), { tensor: reference.name, offset: position });
      start = end;
      if (offset + end < (channel + 1) * size) continue;
      yield observer;
      if (channel + 1 < channels) observer = begin(channel + 1);
    }
    count(data.byteLength);
  }
}

/** The range of each channel, in one pass. */
async function channelRanges(
  reference: TensorReference,
  { axis, onBytes, ...read }: ReadChunksOptions & {
    readonly axis: number;
    readonly onBytes: (bytes: number) => void;
  },
): Promise<{ readonly min: Float64Array; readonly max: Float64Array }> {
  const channels = reference.shape[axis] ?? 1;
  const inner = countElements(reference.shape.slice(axis + 1));
  const ends = {
    min: new Float64Array(channels).fill(Infinity),
    max: new Float64Array(channels).fill(-Infinity),
  };
  for await (const { offset, data } of floatChunks(reference, read)) {
    const finite = minMaxPerChannel(data, { offset, inner, channels }, ends);
    // Throws, and names the element.
    if (!finite) finiteRange(data, { tensor: reference.name, offset });
    onBytes(data.byteLength);
  }
  return ends;
}

async function* floatChunks(
  reference: TensorReference,
  options: ReadChunksOptions,
): AsyncGenerator<{ readonly offset: number; readonly data: Float32Array }> {
  for await (const { offset, data } of readChunks(reference, options)) {
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`Cannot observe tensor "${reference.name}": its chunks are not float32`);
    }
    yield { offset, data };
  }
}
