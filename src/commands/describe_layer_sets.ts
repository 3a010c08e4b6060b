import { findLayerSets, type FindLayerSetsOptions } from "../equalize/mod.ts";
import { foldLayers, type Model } from "../graph/mod.ts";
import { countOf } from "./count_of.ts";
import { formatTable } from "../report/mod.ts";

/** What cross-layer equalization would scale, as `info --cle --json` prints it. */
export interface LayerSetsDescription {
  /** The sets in order, each with the names of its layers and the activations between them. */
  readonly sets: readonly {
    readonly layers: readonly string[];
    readonly activations: readonly string[];
  }[];
  /** Every other convolution, and why it is in no set. */
  readonly skipped: readonly { readonly layer: string; readonly reason: string }[];
}

/**
 * Finds what cross-layer equalization would scale in a network. Reads no weights but those of batch
 * norms.
 *
 * @param model The float network.
 * @param options What may stand between layers.
 */
export async function describeLayerSets(
  model: Model,
  options: FindLayerSetsOptions & { readonly signal?: AbortSignal } = {},
): Promise<LayerSetsDescription> {
  const { signal, ...rest } = options;
  const folded = await foldLayers(model, signal === undefined ? {} : { signal });
  const { sets, skipped } = findLayerSets(folded, rest);
  return {
    sets: sets.map(({ links }) => ({
      layers: links.flatMap(({ from, to }, index) =>
        index === 0 ? [from.node.name, to.node.name] : [to.node.name]
      ),
      activations: links.map(({ activation }) => activation.kind),
    })),
    skipped: skipped.map(({ node, reason }) => ({ layer: node.name, reason })),
  };
}

/** The tables that `info --cle` shows on a terminal. */
export function formatLayerSets({ sets, skipped }: LayerSetsDescription): string {
  const pairs = sets.reduce((sum, { layers }) => sum + layers.length - 1, 0);
  return [
    `Cross-layer equalization: ${countOf(sets.length, "set")} of layers, ` +
    `${countOf(pairs, "pair")} in them`,
    formatTable(
      [{ name: "set" }, { name: "between them" }],
      sets.map(({ layers, activations }) => [layers.join(", "), activations.join(", ")]),
    ),
    ...(skipped.length === 0 ? [] : [
      "",
      "Layers in no set:",
      formatTable(
        [{ name: "layer" }, { name: "why" }],
        skipped.map((row) => [row.layer, row.reason]),
      ),
    ]),
  ].join("\n");
}
