import { type ExecuteOptions, requireFinite, sweep } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import { countElements, type SampleSource } from "../tensor/mod.ts";
import { ChannelStatistics } from "./channel_statistics.ts";
import type { LayerLink } from "./layer_link.ts";

const NO_LIMITS = { lower: -Infinity, upper: Infinity };

/**
 * Gathers statistics of the output of the first layer of each link, and of what enters a chain of
 * links, in one sweep of the float network.
 * They are a few numbers a channel, so memory does not grow with the samples.
 *
 * @param model The float network.
 * @param samples Calibration samples.
 * @param options The links; limits, engine, abort signal.
 * @returns Statistics by value name.
 * @throws {FormatError} If a sample is bad, or a value is NaN or infinite.
 */
export async function observeChannels(
  model: Model,
  samples: SampleSource,
  options: ExecuteOptions & { readonly links: readonly LayerLink[] },
): Promise<ReadonlyMap<string, ChannelStatistics>> {
  const { links, ...execute } = options;
  const statistics = new Map<string, ChannelStatistics>();
  const made = new Set(links.map(({ to }) => to.node.name));
  for (const { from, activation } of links) {
    statistics.set(from.output, new ChannelStatistics(from.outputChannels, activation));
    if (!made.has(from.node.name) && !statistics.has(from.input)) {
      statistics.set(from.input, new ChannelStatistics(from.inputChannels, NO_LIMITS));
    }
  }
  if (statistics.size === 0) return statistics;
  await sweep(model, samples, (value, tensor, sample) => {
    const { data, shape } = tensor;
    if (!(data instanceof Float32Array)) return;
    const isFinite = statistics.get(value)?.observe(data, countElements(shape.slice(2)));
    if (isFinite === false) requireFinite(value, tensor, sample);
  }, { ...execute, observe: statistics.keys().toArray() });
  return statistics;
}
