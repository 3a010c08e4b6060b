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
  for (let x = 0; x < output; x++) {
    const position = sourcePosition(transform, { x, input, output });
    const index = position === undefined ? undefined : pick(nearest, position);
    if (index === undefined) return undefined;
    indices.push(Math.min(Math.max(index, 0), input - 1));
  }
  return indices;
}

function sourcePosition(
  transform: string,
  { x, input, output }: { x: number; input: number; output: number },
): number | undefined {
  switch (transform) {
    case "asymmetric":
      return x * input / output;
    case "half_pixel":
      return (x + 0.5) * input / output - 0.5;
    case "pytorch_half_pixel":
      return output > 1 ? (x + 0.5) * input / output - 0.5 : 0;
    case "align_corners":
      return output > 1 ? x * (input - 1) / (output - 1) : 0;
    default:
      return undefined;
  }
}

function pick(nearest: string, position: number): number | undefined {
  switch (nearest) {
    case "floor":
      return Math.floor(position);
    case "ceil":
      return Math.ceil(position);
    case "round_prefer_floor":
      return Math.ceil(position - 0.5);
    case "round_prefer_ceil":
      return Math.floor(position + 0.5);
    default:
      return undefined;
  }
}
