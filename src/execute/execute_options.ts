import type { Engine } from "./engine.ts";
import type { EngineOptions } from "./engine.ts";

/** How far a pass over the samples is. */
export interface ExecuteProgress {
  /** What is being done: `"run"` or `"sweep"`. */
  readonly stage: string;
  /** Layers that are done for all samples or, where each sample runs through all layers, all. */
  readonly layer: number;
  /** How many layers there are. */
  readonly layers: number;
  /** Samples that are done. */
  readonly sample: number;
  /** How many samples there are. */
  readonly samples: number;
}

/** Options that every pass over samples takes. */
export interface ExecuteOptions {
  /**
   * What computes.
   *
   * @default {"auto"}
   */
  readonly engine?: Engine | EngineOptions["engine"];
  /**
   * Bytes for weights in sessions, stored activations and buffers, beyond the engine's own baseline.
   *
   * @default {536870912}
   */
  readonly memoryLimit?: number;
  /** Where activations spill to when they do not fit; the system's temporary folder by default. */
  readonly tempDirectory?: string;
  /** Ends the pass between two runs of the engine. */
  readonly signal?: AbortSignal;
  /** Called after each run of the engine. */
  readonly onProgress?: (progress: ExecuteProgress) => void;
}
