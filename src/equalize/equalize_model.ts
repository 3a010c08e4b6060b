import { FormatError } from "../errors.ts";
import type { ExecuteOptions } from "../execute/mod.ts";
import { foldLayers, type Model } from "../graph/mod.ts";
import type { ReadChunksOptions, SampleSource } from "../tensor/mod.ts";
import { Absorption, type AbsorptionSource } from "./absorption.ts";
import { applyEqualization } from "./apply_equalization.ts";
import type { ChannelStatistics } from "./channel_statistics.ts";
import type { EqualizationReport, LinkReport } from "./equalization_report.ts";
import { findLayerSets, type FindLayerSetsOptions, type LayerSet } from "./find_layer_sets.ts";
import { scalesByNoise, scalesByRanges } from "./find_scales.ts";
import { type EqualizeProgress, iterateScales } from "./iterate_scales.ts";
import type { LayerLink } from "./layer_link.ts";
import { observeChannels } from "./observe_channels.ts";
import { ScaledLayers } from "./scaled_layers.ts";
import { settleConstants } from "./settle_constants.ts";
import { type Relu6Handling, settleCeiling, type SettledCeiling } from "./settle_ceiling.ts";
import { spreadSamples } from "./spread_samples.ts";

const DEFAULT_MAX_SAMPLES = 24;

/** Options that have few possible values. */
const CHOICES = {
  scales: ["ranges", "noise"],
  relu6: ["auto", "relu", "exact", "keep"],
  highBiasAbsorption: ["auto", "data", "batch-norm", "off"],
  through: ["activations", "all"],
} as const satisfies {
  readonly [Name in keyof EqualizeOptions]?: readonly EqualizeOptions[Name][];
};

/** Options for {@linkcode equalizeModel}. */
export interface EqualizeOptions extends Omit<ExecuteOptions, "onProgress">, FindLayerSetsOptions {
  /**
   * Calibration samples; with them the result is better. They run once through the float network,
   * unless all other options do without.
   */
  readonly samples?: SampleSource;
  /**
   * How many of the samples are looked at, in equal steps over all of them. Each channel has thousands
   * of elements in a few samples already, so that more of them cost time and hardly change a scale.
   *
   * @default {24}
   */
  readonly maxSamples?: number;
  /**
   * How scales are chosen: `"ranges"` makes ranges of weights equal, as AIMET does; `"noise"` makes the
   * noise of quantization least, and needs samples.
   *
   * @default {"noise" with samples, else "ranges"}
   */
  readonly scales?: "ranges" | "noise";
  /**
   * What happens to the ceilings of ReLU6.
   *
   * @default {"auto"}
   */
  readonly relu6?: Relu6Handling;
  /**
   * What high-bias absorption goes by.
   *
   * @default {"auto"}
   */
  readonly highBiasAbsorption?: AbsorptionSource;
  /**
   * Absorbs also before layers that pad with zeros, where it changes the borders of their output, as
   * AIMET does.
   *
   * @default {false}
   */
  readonly absorbBeforePadding?: boolean;
  /**
   * How often all sets are equalized at most, each time with what came of the time before.
   *
   * @default {1}
   */
  readonly iterations?: number;
  /**
   * Ends the iterations when no scale changes by more than this share.
   *
   * @default {0.001}
   */
  readonly tolerance?: number;
  /** Settings for reading weights. */
  readonly chunkBytes?: number;
  /** Called with a sentence for what the user should know. */
  readonly onNotice?: (notice: string) => void;
  /** Called after each sample and each set. */
  readonly onProgress?: (progress: EqualizeProgress) => void;
}

/** The result of {@linkcode equalizeModel}. */
export interface EqualizedModel {
  /** The network. It shares the files of the original. */
  readonly model: Model;
  /** What was done. */
  readonly report: EqualizationReport;
}

/**
 * Equalizes a float network across layers, so that it survives quantization with one step a tensor
 * (Nagel and others, "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019;
 * quantization reference section 5). Dead channels become constants in biases, high biases move on to
 * the next layer, then channels are scaled; ceilings of ReLU6 follow.
 *
 * Weights are streamed for their ranges and never written: they get views.
 *
 * @param model The float network. Batch norms are folded first.
 * @param options Samples, and how scales, ceilings and biases are treated.
 * @throws {FormatError} If the network is quantized, a weight is not finite, or a sample is bad.
 * @throws {RangeError} If an option is out of range, or needs samples that are not there.
 */
export async function equalizeModel(
  model: Model,
  options: EqualizeOptions = {},
): Promise<EqualizedModel> {
  const { relu6 = "auto", highBiasAbsorption = "auto", onProgress } = options;
  const { maxSamples = DEFAULT_MAX_SAMPLES } = options;
  const samples = options.samples && spreadSamples(options.samples, maxSamples);
  const scales = options.scales ?? (samples === undefined ? "ranges" : "noise");
  const { iterations = 1, tolerance = 1e-3 } = options;
  checkOptions(model, options, { scales, maxSamples, iterations, tolerance });
  const read = readOptions(options);
  const folded = await foldLayers(model, read);
  const { sets: found, skipped } = findLayerSets(folded, options);
  const original = found.flatMap((set) => set.links);
  const sets = relu6 === "relu"
    ? found.map((set): LayerSet => ({ links: set.links.map(withoutCeiling) }))
    : found;
  const links = sets.flatMap((set) => set.links);
  const asksSamples = scales === "noise" || highBiasAbsorption === "auto" ||
    highBiasAbsorption === "data" ||
    links.some(({ activation }) => activation.kind === "clip");
  const statistics = samples === undefined || !asksSamples
    ? new Map<string, ChannelStatistics>()
    : await observeChannels(folded, samples, {
      ...executeOptions(options),
      links: original,
      ...(onProgress === undefined ? {} : {
        onProgress: ({ sample, samples: total }) =>
          onProgress({ stage: "observe", done: sample, total, unit: "samples" }),
      }),
    });

  const layers = await ScaledLayers.open(folded, links, read);
  const constants = new Map<string, number>();
  const absorption = new Absorption(folded, {
    source: highBiasAbsorption,
    beforePadding: options.absorbBeforePadding === true,
    keepsCeilings: relu6 === "keep",
    statistics,
  });
  for (const link of links) {
    read.signal?.throwIfAborted();
    constants.set(link.from.node.name, await settleConstants(link, layers, read));
    await absorption.absorb(link, layers, read);
  }
  if (absorption.unknown > 0) {
    options.onNotice?.(
      `High biases are not absorbed between ${absorption.unknown} of ${links.length} pairs of layers: ` +
        "no batch norm is known there, and no samples were given",
    );
  }

  const { absorbed } = absorption;
  const find = scales === "noise"
    ? await scalesByNoise(links, layers, { statistics, absorbed, read })
    : scalesByRanges(layers, read);
  // By noise each link is solved on its own, with those before it solved already.
  const units = scales === "ranges" ? sets : links.map((link): LayerSet => ({ links: [link] }));
  const done = await iterateScales(units, layers, {
    find,
    iterations,
    tolerance,
    relu6,
    statistics,
    ...(read.signal === undefined ? {} : { signal: read.signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });

  const ceilings = new Map<string, SettledCeiling>();
  for (const link of original) {
    const seen = statistics.get(link.from.output);
    const name = link.from.node.name;
    const read = layers.factors(link.to, "input");
    ceilings.set(
      name,
      settleCeiling(link, {
        handling: relu6,
        scales: layers.scales(link.from),
        absorbed: absorbed.get(name) ?? new Float64Array(link.from.outputChannels),
        isRead: (channel) => read[channel * link.spread] !== 0,
        ...(seen === undefined ? {} : { statistics: seen }),
      }),
    );
  }
  const report: EqualizationReport = {
    scales,
    iterations: done,
    links: original.map((link): LinkReport => {
      const name = link.from.node.name;
      const values = layers.scales(link.from);
      return {
        from: name,
        to: link.to.node.name,
        activation: link.activation.kind,
        channels: link.from.outputChannels,
        scales: {
          min: values.reduce((a, b) => Math.min(a, b)),
          max: values.reduce((a, b) => Math.max(a, b)),
        },
        constants: constants.get(name) ?? 0,
        absorbed: absorbed.get(name)?.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0) ?? 0,
        absorption: absorption.reasons.get(name) ?? "",
        ceiling: ceilings.get(name)?.report ?? { kind: "none", reason: "" },
      };
    }),
    skipped: skipped.map(({ node, reason }) => ({ layer: node.name, reason })),
  };
  return {
    model: applyEqualization(folded, layers, { links: original, ceilings, absorbed }),
    report,
  };
}

function withoutCeiling(link: LayerLink): LayerLink {
  const { activation } = link;
  return activation.kind === "clip"
    ? { ...link, activation: { ...activation, kind: "relu", upper: Infinity } }
    : link;
}

function checkOptions(
  { name, encodings }: Model,
  options: EqualizeOptions,
  { scales, maxSamples, iterations, tolerance }: {
    readonly scales: "ranges" | "noise";
    readonly maxSamples: number;
    readonly iterations: number;
    readonly tolerance: number;
  },
): void {
  if (encodings.activations.size + encodings.parameters.size > 0) {
    throw new FormatError(
      `Cannot equalize "${name}": it is already quantized, expected the float network`,
      { expected: "a float network", found: "a quantized network" },
    );
  }
  const { samples, highBiasAbsorption } = options;
  for (const [what, allowed] of Object.entries(CHOICES)) {
    const value = options[what as keyof typeof CHOICES];
    if (value === undefined || allowed.some((choice) => choice === value)) continue;
    throw new RangeError(
      `Cannot equalize with ${what} ${JSON.stringify(value)}: expected ${allowed.join(" or ")}`,
    );
  }
  if (samples?.length === 0) throw new RangeError(`Cannot equalize "${name}": no samples`);
  if (samples === undefined && scales === "noise") {
    throw new RangeError(`Cannot equalize "${name}" by noise without samples; "ranges" needs none`);
  }
  if (samples === undefined && highBiasAbsorption === "data") {
    throw new RangeError(`Cannot absorb biases of "${name}" by data without samples`);
  }
  if (!Number.isSafeInteger(maxSamples) || maxSamples < 1) {
    throw new RangeError(`Cannot equalize by ${maxSamples} samples: expected an integer from 1`);
  }
  if (!Number.isSafeInteger(iterations) || iterations < 1) {
    throw new RangeError(`Cannot equalize ${iterations} times: expected an integer from 1`);
  }
  if (!(tolerance >= 0)) {
    throw new RangeError(`Cannot equalize to tolerance ${tolerance}: expected a number from 0`);
  }
}

function readOptions({ chunkBytes, tempDirectory, signal }: EqualizeOptions): ReadChunksOptions {
  return {
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function executeOptions(options: EqualizeOptions): ExecuteOptions {
  const { engine, memoryLimit, tempDirectory, signal } = options;
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
    ...(signal === undefined ? {} : { signal }),
  };
}
