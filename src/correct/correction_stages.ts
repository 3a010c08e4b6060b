import { type Model, namesOf, type Node } from "../graph/mod.ts";
import { shiftedAxis } from "./channel_shifts.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";

/** A node, and the stage in which it can first be computed. */
export interface StagedNode {
  /** The node. */
  readonly node: Node;
  /** Counts from 1. */
  readonly stage: number;
  /** The layer to correct that it is, if it is one. */
  readonly layer?: CorrectableLayer;
}

/** The order in which layers can be corrected. */
export interface CorrectionStages {
  /** What the layers need, by stage, within a stage in topological order. */
  readonly nodes: readonly StagedNode[];
  /**
   * Values that the corrections of their own stage shift by a constant in each channel, with their
   * channel axes. In later stages they are what they shall be.
   */
  readonly shifted: ReadonlyMap<string, number>;
}

/**
 * Groups layers into stages. A stage needs the corrections of those before it, not its own: all
 * that these do within it is shifting channels, which is computed, not measured. So a convolution
 * and the 1x1 convolution behind it, with at most sums in between, are corrected together; an
 * activation function between them begins a stage.
 *
 * @param model The network.
 * @param options Its layers to correct, in topological order, and the values that are quantized.
 */
export function correctionStages(
  model: Model,
  { layers, quantized }: {
    readonly layers: readonly CorrectableLayer[];
    readonly quantized: { has(value: string): boolean };
  },
): CorrectionStages {
  const layerOf = new Map(layers.map((layer) => [layer.value, layer]));
  const stages = new Map<string, number>();
  const shifted = new Map<string, number>();
  const staged: StagedNode[] = [];
  for (const node of model.nodes) {
    const [output = ""] = node.outputs;
    const layer = layerOf.get(output);
    const before = Math.max(1, ...node.inputs.map((input) => stages.get(input) ?? 1));
    const moving = new Map<string, number>();
    for (const input of node.inputs) {
      const axis = shifted.get(input);
      if (axis !== undefined && stages.get(input) === before) moving.set(input, axis);
    }
    const isRounded = moving.keys().some((input) => quantized.has(input)) ||
      (layer === undefined && quantized.has(output));
    const axis = moving.size === 0 || isRounded ? undefined : shiftedAxis(model, node, moving);
    const stage = moving.size > 0 && axis === undefined ? before + 1 : before;
    for (const name of namesOf(node.outputs)) stages.set(name, stage);
    if (layer !== undefined) shifted.set(layer.value, layer.axis);
    else if (axis !== undefined) shifted.set(output, axis);
    staged.push({ node, stage, ...(layer === undefined ? {} : { layer }) });
  }
  return { nodes: needed(staged).sort((a, b) => a.stage - b.stage), shifted };
}

/** Those nodes on which layers depend. */
function needed(nodes: readonly StagedNode[]): StagedNode[] {
  const values = new Set<string>();
  return nodes.toReversed().filter(({ node, layer }) => {
    const isNeeded = layer !== undefined || node.outputs.some((output) => values.has(output));
    if (isNeeded) { for (const input of namesOf(node.inputs)) values.add(input); }
    return isNeeded;
  }).reverse();
}
