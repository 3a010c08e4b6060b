import type { LinkActivation } from "./layer_link.ts";

/**
 * What became of a ceiling such as that of ReLU6: there was none; it was dropped (a ReLU is left); it
 * stayed as it is; it is one number for all channels; or it is a number for each channel.
 */
export type CeilingKind = "none" | "dropped" | "kept" | "one" | "per-channel";

/** What became of the ceiling between two layers, and why. */
export interface CeilingReport {
  /** What became of it. */
  readonly kind: CeilingKind;
  /** The largest number the activation function gives now; absent without a ceiling. */
  readonly largest?: number;
  /** What that changes in the float network: a share of the power of the activations. */
  readonly error?: number;
  /** Why it was chosen. */
  readonly reason: string;
}

/** What was done between two layers. */
export interface LinkReport {
  /** Name of the first layer's node. */
  readonly from: string;
  /** Name of the second layer's node. */
  readonly to: string;
  /** The activation function between them. */
  readonly activation: LinkActivation["kind"];
  /** Channels between them. */
  readonly channels: number;
  /** The least and the greatest scale of a channel. */
  readonly scales: { readonly min: number; readonly max: number };
  /** Channels that are constant, because the weights that make them are zero. */
  readonly constants: number;
  /** Channels of which a part of the bias moved into the second layer. */
  readonly absorbed: number;
  /** What told how much can be absorbed, or why nothing was. */
  readonly absorption: string;
  /** What became of the ceiling of a ReLU6. */
  readonly ceiling: CeilingReport;
}

/** What {@linkcode equalizeModel} did. */
export interface EqualizationReport {
  /** How scales were chosen. */
  readonly scales: "ranges" | "noise";
  /** How often all sets were equalized. */
  readonly iterations: number;
  /** What was done between layers, in order. */
  readonly links: readonly LinkReport[];
  /** Layers in no set, and why. */
  readonly skipped: readonly { readonly layer: string; readonly reason: string }[];
}
