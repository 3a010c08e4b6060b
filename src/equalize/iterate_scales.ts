import type { ChannelStatistics } from "./channel_statistics.ts";
import type { LayerSet } from "./find_layer_sets.ts";
import type { FindScales } from "./find_scales.ts";
import type { ScaledLayers } from "./scaled_layers.ts";
import { type Relu6Handling, restrainScales } from "./settle_ceiling.ts";

/** How far an equalization is. */
export interface EqualizeProgress {
  /** `"observe"` while samples run, `"equalize"` while scales are computed. */
  readonly stage: "observe" | "equalize";
  /** Units that are done. */
  readonly done: number;
  /** All units. */
  readonly total: number;
  /** What is counted. */
  readonly unit: "samples" | "layers";
}

/** Equalizes units again and again; returns how often. */
export async function iterateScales(
  units: readonly LayerSet[],
  layers: ScaledLayers,
  { find, iterations, tolerance, relu6, statistics, signal, onProgress }: {
    readonly find: FindScales;
    readonly iterations: number;
    readonly tolerance: number;
    readonly relu6: Relu6Handling;
    readonly statistics: ReadonlyMap<string, ChannelStatistics>;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: EqualizeProgress) => void;
  },
): Promise<number> {
  for (let iteration = 1; iteration <= iterations; iteration++) {
    let change = 0;
    for (const [index, unit] of units.entries()) {
      signal?.throwIfAborted();
      const found = await find(unit);
      for (const [i, link] of unit.links.entries()) {
        let scales = found[i];
        if (scales === undefined) continue;
        const { upper } = link.activation;
        if (relu6 === "keep" && upper < Infinity) {
          const total = layers.scales(link.from);
          const seen = statistics.get(link.from.output);
          scales = restrainScales(scales.map((scale, c) => scale * (total[c] ?? 1)), {
            upper,
            ...(seen === undefined ? {} : { statistics: seen }),
          }).map((scale, c) => scale / (total[c] ?? 1));
        }
        for (const scale of scales) change = Math.max(change, Math.abs(Math.log(scale)));
        layers.scale(link, scales);
      }
      onProgress?.({ stage: "equalize", done: index + 1, total: units.length, unit: "layers" });
    }
    if (change <= tolerance) return iteration;
  }
  return iterations;
}
