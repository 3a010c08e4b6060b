import type { EqualizationReport } from "../equalize/mod.ts";
import type { Evaluation } from "./evaluate_model.ts";
import type { LayerSensitivity } from "./layer_sensitivity.ts";
import type { Optimization } from "./quantize_optimized.ts";
import type { WeightRanges } from "./weight_ranges.ts";

/** How far a value of the quantized network is from the float one. */
export interface ValueQuality {
  /** Name of the value. */
  readonly value: string;
  /** The node that makes it; a network input has none. */
  readonly layer?: string;
  /** The operator of that node, or `Input`. */
  readonly operator: string;
  /** Signal to quantization noise ratio in dB; `Infinity` where nothing differs. */
  readonly sqnr: number;
}

/** One way to quantize the network, and where accuracy goes in it. */
export interface NetworkAnalysis {
  /** What was done before quantizing. */
  readonly optimizations: readonly Optimization[];
  /** What equalization did; absent without. */
  readonly equalization?: EqualizationReport;
  /** The whole network against the original float one, on all samples. */
  readonly evaluation: Evaluation;
  /**
   * Each layer quantized alone, in topological order; without corrections of biases, which are for the
   * errors of other layers as well.
   */
  readonly sensitivity: readonly LayerSensitivity[];
  /** Every rounded value of the quantized network against its own float network, in order. */
  readonly values: readonly ValueQuality[];
  /** The ranges of weights before quantization, channel by channel. */
  readonly weights: readonly WeightRanges[];
}

/** What {@linkcode analyzeModel} found. */
export interface Analysis {
  /** The network's name. */
  readonly model: string;
  /** How many nodes it has, batch norms folded. */
  readonly layers: number;
  /** Floating-point constants. */
  readonly parameters: number;
  /** Multiply-accumulate operations of one inference. */
  readonly macs: number;
  /** The output that was judged. */
  readonly output: string;
  /** How many samples ranges and evaluations are from. */
  readonly samples: number;
  /** How many samples layers and values were measured on. */
  readonly measuredSamples: number;
  /** The network quantized as it is and, with optimizations, after these. */
  readonly networks: readonly NetworkAnalysis[];
}
