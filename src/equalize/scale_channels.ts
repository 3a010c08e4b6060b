import { countElements, type TensorReference, type View, viewTensor } from "../tensor/mod.ts";
import type { EqualizableLayer } from "./equalizable_layer.ts";

/** The side of a weight: where its layer's input or output channels lie. */
export type WeightSide = "input" | "output";

/** How the channels of one side lie in a weight `[first, second, …]`. */
export interface SideLayout {
  /** The axis. */
  readonly axis: 0 | 1;
  /** Groups of the first axis. Along axis 1 each has its own channels. */
  readonly groups: number;
}

/** How the channels of one side of a layer lie in its weight. */
export function sideLayout(layer: EqualizableLayer, side: WeightSide): SideLayout {
  const { outputAxis, groups } = layer;
  return { axis: side === "output" ? outputAxis : outputAxis === 0 ? 1 : 0, groups };
}

/**
 * Multiplies a weight by a factor for each channel of one side; a view, nothing is read.
 *
 * @param weight The weight.
 * @param factors One a channel, all groups together.
 * @param layout The side.
 */
export function scaleSide(
  weight: TensorReference,
  factors: Float64Array,
  layout: SideLayout,
): TensorReference {
  if (factors.every((factor) => factor === 1)) return weight;
  return sideViews(weight.shape, factors, layout).reduce(viewTensor, weight);
}

function sideViews(
  shape: readonly number[],
  factors: Float64Array,
  { axis, groups }: SideLayout,
): readonly View[] {
  if (axis === 0 || groups === 1) return [{ kind: "scale", axis, factors }];
  const [first = 0, second = 0] = shape;
  const rows = first / groups;
  if (second === 1) {
    const repeated = Float64Array.from(
      { length: first },
      (_, row) => factors[Math.floor(row / rows)] ?? 1,
    );
    return [{ kind: "scale", axis: 0, factors: repeated }];
  }
  // The channels of a side lie on two axes, which are brought together and back.
  const inner = countElements(shape.slice(2));
  return [
    { kind: "reshape", shape: [groups, rows, second, inner] },
    { kind: "permute", order: [0, 2, 1, 3] },
    { kind: "reshape", shape: [groups * second, rows, inner] },
    { kind: "scale", axis: 0, factors },
    { kind: "reshape", shape: [groups, second, rows, inner] },
    { kind: "permute", order: [0, 2, 1, 3] },
    { kind: "reshape", shape },
  ];
}
