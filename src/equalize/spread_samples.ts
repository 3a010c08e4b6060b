import type { SampleSource } from "../tensor/mod.ts";

/**
 * At most some of the samples, in equal steps over all of them.
 *
 * @param samples The samples.
 * @param count The most there shall be.
 */
export function spreadSamples(samples: SampleSource, count: number): SampleSource {
  if (samples.length <= count) return samples;
  const step = samples.length / count;
  return {
    length: count,
    read: (index, options) => samples.read(Math.floor((index + 0.5) * step), options),
  };
}
