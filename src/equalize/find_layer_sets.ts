import type { Model, Node } from "../graph/mod.ts";
import {
  describeLayer,
  type EqualizableLayer,
  graphAround,
  isLinearLayer,
} from "./equalizable_layer.ts";
import { followLayer, type LayerLink, refuseKind, type Through } from "./layer_link.ts";

/** Options for {@linkcode findLayerSets}. */
export interface FindLayerSetsOptions {
  /**
   * What may stand between two layers, and which layers count.
   *
   * @default {"activations"}
   */
  readonly through?: Through;
  /**
   * Leaves layers alone whose weight, bias or output has an encoding in `model.overrides`.
   *
   * @default {false}
   */
  readonly useOverrides?: boolean;
}

/** Two layers, or three with a depthwise one in the middle, that are equalized together. */
export interface LayerSet {
  /** The links between its layers, one or two. */
  readonly links: readonly LayerLink[];
}

/** A layer that is in no set. */
export interface SkippedLayer {
  /** Its node. */
  readonly node: Node;
  /** Why. */
  readonly reason: string;
}

/** The result of {@linkcode findLayerSets}. */
export interface LayerSets {
  /** The sets in the order in which they are equalized; the last layer of one may begin the next. */
  readonly sets: readonly LayerSet[];
  /** Every other convolution and, with `through: "all"`, matrix product. */
  readonly skipped: readonly SkippedLayer[];
}

/**
 * Finds the layers that cross-layer equalization can scale against each other (quantization
 * reference 5.2): along chains of convolutions with one reader each and only ReLU, PReLU, ReLU6 or
 * nothing between them, `Conv, Conv` is a pair and `Conv, depthwise, Conv` a triple; a depthwise
 * convolution at the start of a chain makes a pair with the one behind it. Sets overlap in a layer.
 *
 * @param model The network; batch norms already folded.
 * @param options What may stand between layers.
 */
export function findLayerSets(model: Model, options: FindLayerSetsOptions = {}): LayerSets {
  const { through = "activations", useOverrides = false } = options;
  const around = graphAround(model, useOverrides);
  const links = new Map<string, LayerLink>();
  const reasons = new Map<Node, string>();
  const behind = new Set<string>();
  for (const node of model.nodes) {
    if (!isLinearLayer(node)) continue;
    const convolution = node.operator === "Conv" || node.operator === "ConvTranspose";
    if (!convolution && through !== "all") continue;
    const found = linkFrom(describeLayer(node, around));
    if (typeof found === "string") {
      reasons.set(node, found);
      continue;
    }
    links.set(node.name, found);
    behind.add(found.to.node.name);
  }

  const sets: LayerSet[] = [];
  const used = new Set<string>();
  for (const [name, start] of links) {
    if (behind.has(name)) continue;
    let current: LayerLink | undefined = start;
    while (current !== undefined) {
      const link: LayerLink = current;
      const next = links.get(link.to.node.name);
      const isDepthwise = link.to.kind === "depthwise";
      if (isDepthwise && next === undefined) {
        reasons.set(link.from.node, `no layer follows the depthwise ${link.to.node.name}`);
        break;
      }
      const isTriple = isDepthwise && next !== undefined && link.from.kind !== "depthwise" &&
        next.to.kind !== "depthwise";
      const set: LayerLink[] = isTriple ? [link, next] : [link];
      sets.push({ links: set });
      for (const { from, to } of set) used.add(from.node.name).add(to.node.name);
      current = isTriple ? links.get(next.to.node.name) : next;
    }
  }
  const skipped = model.nodes.flatMap((node): readonly SkippedLayer[] => {
    const reason = used.has(node.name) ? undefined : reasons.get(node);
    return reason === undefined ? [] : [{ node, reason }];
  });
  return { sets, skipped };

  function linkFrom(layer: EqualizableLayer | string): LayerLink | string {
    if (typeof layer === "string") return layer;
    return refuseKind(layer, through) ?? followLayer(layer, around, through);
  }
}
