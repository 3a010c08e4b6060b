import { type CorrectionMode, quantizeCorrected } from "../correct/mod.ts";
import {
  type EqualizationReport,
  equalizeModel,
  type EqualizeOptions,
  type EqualizeProgress,
} from "../equalize/mod.ts";
import type { Model } from "../graph/mod.ts";
import {
  prepareModel,
  type QuantizedModel,
  quantizeModel,
  type QuantizeOptions,
  type QuantizeProgress,
} from "../quantize/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import { executeOptions } from "./execute_options.ts";

/**
 * What can be done to a network so that it quantizes better: cross-layer equalization, bias
 * correction.
 */
export type Optimization = "cle" | "bc";

/** All optimizations, in the order in which they are done. */
export const OPTIMIZATIONS: readonly Optimization[] = ["cle", "bc"];

/** What is done to a network before it is quantized, and how. */
export interface OptimizeOptions {
  /**
   * What is done to a second network, to compare with the first, to which nothing is done.
   *
   * @default {nothing; there is only one network}
   */
  readonly optimizations?: readonly Optimization[];
  /** How layers are equalized; always with the samples. */
  readonly equalize?: Pick<
    EqualizeOptions,
    | "absorbBeforePadding"
    | "highBiasAbsorption"
    | "iterations"
    | "relu6"
    | "scales"
    | "through"
    | "tolerance"
  >;
  /**
   * How the errors of biases are found.
   *
   * @default {"empirical"}
   */
  readonly correctionMode?: CorrectionMode;
}

/** Options for {@linkcode quantizeOptimized}. */
export interface QuantizeOptimizedOptions
  extends Omit<QuantizeOptions, "onProgress">, OptimizeOptions {
  /** Called while it works. */
  readonly onProgress?: (progress: EqualizeProgress | QuantizeProgress) => void;
}

/** A network that was quantized after optimizing it. */
export interface OptimizedNetwork {
  /** The float network that it was quantized from. */
  readonly own: Model;
  /** Without corrections of biases. */
  readonly uncorrected: QuantizedModel;
  /** With all optimizations. */
  readonly quantized: QuantizedModel;
  /** What equalization did; absent without. */
  readonly equalization?: EqualizationReport;
}

/**
 * Quantizes a network after optimizing it.
 *
 * @param float The float network, batch norms folded.
 * @param samples The calibration samples.
 * @param options What is done to it, and how it is quantized.
 */
export async function quantizeOptimized(
  float: Model,
  samples: SampleSource,
  { optimizations = [], correctionMode, equalize, ...options }: QuantizeOptimizedOptions,
): Promise<OptimizedNetwork> {
  let own = float;
  let equalization: EqualizationReport | undefined;
  if (optimizations.includes("cle")) {
    const { onNotice, onProgress } = options;
    const equalized = await equalizeModel(float, {
      ...equalize,
      ...executeOptions(options),
      ...(onNotice === undefined ? {} : { onNotice }),
      samples,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    own = await prepareModel(equalized.model, options);
    equalization = equalized.report;
  }
  const uncorrected = await quantizeModel(own, samples, options);
  const quantized = optimizations.includes("bc")
    ? await quantizeCorrected(own, samples, {
      ...options,
      ...(correctionMode === undefined ? {} : { correctionMode }),
    })
    : uncorrected;
  return { own, uncorrected, quantized, ...(equalization === undefined ? {} : { equalization }) };
}
