import type { Model } from "../graph/mod.ts";
import type { ReadChunksOptions } from "../tensor/mod.ts";
import { absorbableBiases, absorbBiases, type ChannelKnowledge } from "./absorb_high_biases.ts";
import type { ChannelStatistics } from "./channel_statistics.ts";
import type { LayerLink } from "./layer_link.ts";
import type { ScaledLayers } from "./scaled_layers.ts";

/** What tells how much of a bias can be absorbed: `"auto"` is data, else batch norms, else nothing. */
export type AbsorptionSource = "auto" | "data" | "batch-norm" | "off";

/** How biases are absorbed. */
export interface AbsorptionSettings {
  /** What it goes by. */
  readonly source: AbsorptionSource;
  /** Also before layers that pad with zeros. */
  readonly beforePadding: boolean;
  /** Whether ceilings stay where they are. */
  readonly keepsCeilings: boolean;
  /** Statistics by value name; empty without samples. */
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
}

/** Absorbs high biases link by link, and keeps what was absorbed and why. */
export class Absorption {
  /** What was absorbed, by name of the first layer's node. */
  readonly absorbed = new Map<string, Float64Array>();
  /** What told how much, or why nothing was absorbed. */
  readonly reasons = new Map<string, string>();
  /** Links where nothing tells how much can be absorbed. */
  unknown = 0;
  readonly #model: Model;
  readonly #settings: AbsorptionSettings;

  /** Begins with nothing absorbed. */
  constructor(model: Model, settings: AbsorptionSettings) {
    this.#model = model;
    this.#settings = settings;
  }

  /** Absorbs what can be absorbed over a link whose layers are not scaled yet. */
  async absorb(link: LayerLink, layers: ScaledLayers, read: ReadChunksOptions): Promise<void> {
    const { from, to, activation } = link;
    const { name } = from.node;
    const { source, beforePadding, keepsCeilings } = this.#settings;
    const skip = (reason: string): void => void this.reasons.set(name, `nothing: ${reason}`);
    if (source === "off") return skip("switched off");
    if (!beforePadding && (to.pads || !link.uniform)) {
      return skip(`the borders of ${to.node.name} would change, where zeros are padded`);
    }
    if (activation.kind === "clip" && keepsCeilings) {
      return skip("the ceiling stays where it is");
    }
    const knowledge = this.#knowledge(link, source);
    if (knowledge === undefined) {
      this.unknown++;
      return skip(
        source === "data" ? "there are no samples" : "no batch norm is known and no samples",
      );
    }
    const constant = layers.factors(from, "output");
    const absorbed = absorbableBiases(link, knowledge)
      .map((value, channel) => constant[channel] === 0 ? 0 : value);
    this.absorbed.set(name, absorbed);
    this.reasons.set(name, knowledge.source);
    await absorbBiases(link, layers, { ...read, absorbed });
  }

  #knowledge({ from }: LayerLink, source: AbsorptionSource): ChannelKnowledge | undefined {
    const statistics = source === "batch-norm"
      ? undefined
      : this.#settings.statistics.get(from.output);
    if (statistics !== undefined) return { source: "data", statistics };
    const batchNorm = source === "data" ? undefined : this.#model.batchNorms.get(from.node.name);
    return batchNorm === undefined ? undefined : { source: "batch-norm", batchNorm };
  }
}
