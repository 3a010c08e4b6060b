import { type ExecuteOptions, sweepStatistics } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { ChannelMeans } from "./channel_means.ts";
import type { Observer } from "./observer.ts";

/** What {@linkcode observeActivations} observes. */
export interface ObserveActivationsOptions extends ExecuteOptions {
  /** The values. */
  readonly values: Iterable<string>;
  /** Makes the observer of one value. */
  readonly createObserver: () => Observer;
  /** Is filled in the same sweep. */
  readonly channelMeans?: ChannelMeans;
}

/**
 * Shows observers their values of every sample, in one sweep. Where an observer is content with
 * ranges, values do not leave the engine.
 *
 * @param model The network; it runs in float32.
 * @param samples The samples.
 * @param options Values, observers, limits, engine.
 * @returns The observers by value name.
 * @throws {FormatError} If a sample is bad, or a value is NaN or infinite.
 */
export async function observeActivations(
  model: Model,
  samples: SampleSource,
  options: ObserveActivationsOptions,
): Promise<ReadonlyMap<string, Observer>> {
  const { values, createObserver, channelMeans, ...execute } = options;
  const observers = new Map<string, Observer>();
  for (const name of values) observers.set(name, createObserver());
  if (observers.size === 0 && channelMeans === undefined) return observers;

  const names = observers.keys().toArray();
  const observesRanges = createObserver().observeRange !== undefined;
  await sweepStatistics(model, samples, {
    tensor(value, { dtype, data }, sample): void {
      if (!(data instanceof Float32Array)) {
        throw new TypeError(`Cannot observe value "${value}": it is ${dtype}, not float32`);
      }
      observers.get(value)?.observe(data, { tensor: value, sample });
    },
    range: (value, range) => observers.get(value)?.observeRange?.(range),
    mean: (value, mean) => channelMeans?.add(value, mean),
  }, {
    ...execute,
    ...(observesRanges ? { ranges: names } : { tensors: names }),
    ...(channelMeans === undefined ? {} : { means: channelMeans.axes }),
  });
  return observers;
}
