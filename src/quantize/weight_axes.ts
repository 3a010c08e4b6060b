import type { Model } from "../graph/mod.ts";
import { inputChannelAxis } from "./channel_axis.ts";

/** Layers whose weights shall have an encoding for each output channel. */
export interface WeightAxesOptions {
  /** Convolutions, transposed convolutions and fully connected layers. */
  readonly perChannel: boolean;
  /** Fully connected layers and MatMul. */
  readonly perRow: boolean;
}

/** The input that is the weight. */
const WEIGHT = 1;
const CHANNEL_LAYERS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm"]);
const ROW_LAYERS: ReadonlySet<string> = new Set(["Gemm", "MatMul"]);

/**
 * The axes along which weights get an encoding for each output channel. A weight that several layers
 * read along different axes, or that is something else as well, is left out.
 *
 * @returns The axis by name of the weight.
 */
export function weightAxes(
  model: Pick<Model, "nodes" | "initializers">,
  { perChannel, perRow }: WeightAxesOptions,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const refused = new Set<string>();
  for (const node of model.nodes) {
    const wanted = perChannel && CHANNEL_LAYERS.has(node.operator) ||
      perRow && ROW_LAYERS.has(node.operator);
    for (const [position, name] of node.inputs.entries()) {
      const shape = model.initializers.get(name)?.shape;
      if (shape === undefined) continue;
      const axis = wanted && position === WEIGHT && shape.length >= 2
        ? inputChannelAxis(node, position, shape)
        : undefined;
      if (axis === undefined || (found.get(name) ?? axis) !== axis) refused.add(name);
      else found.set(name, axis);
    }
  }
  for (const name of refused) found.delete(name);
  return found;
}
