import { nearestIndex, sourcePosition } from "../normal/resize_rule.ts";

/** How nearest-neighbour resizing finds the input pixel of an output pixel, in ONNX's words. */
export interface NearestRule {
  /** `coordinate_transformation_mode`. */
  readonly transform: string;
  /** `nearest_mode`. */
  readonly nearest: string;
}

/**
 * The input pixel of every output pixel along one axis, as ONNX defines Resize.
 *
 * @returns `undefined` if the rule is not known.
 */
export function nearestIndices(
  { transform, nearest }: NearestRule,
  { input, output }: { readonly input: number; readonly output: number },
): readonly number[] | undefined {
  const indices: number[] = [];
  const axis = { input, output, scale: output / input, region: [0, 1] } as const;
  for (let x = 0; x < output; x++) {
    const position = sourcePosition(transform, x, axis);
    const index = position === undefined ? undefined : nearestIndex(nearest, position);
    if (index === undefined) return undefined;
    indices.push(Math.min(Math.max(index, 0), input - 1));
  }
  return indices;
}
