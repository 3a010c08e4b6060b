/** How Resize finds what an output element is made of along one axis, in ONNX's words. */
export interface ResizeRule {
  /** `nearest`, `linear` or `cubic`. */
  readonly mode: string;
  /** `coordinate_transformation_mode`. */
  readonly transform: string;
  /** `nearest_mode`. */
  readonly nearest: string;
  /** `cubic_coeff_a`. */
  readonly cubic: number;
  /** `exclude_outside`: elements beyond the ends get no weight. */
  readonly excludesOutside: boolean;
  /** `antialias`: the kernel grows where the axis shrinks. */
  readonly antialias: boolean;
}

/** One axis that is resized. */
export interface ResizedAxis {
  /** Its length before. */
  readonly input: number;
  /** Its length behind. */
  readonly output: number;
  /** Output elements an input element, which need not be `output / input`. */
  readonly scale: number;
  /** `roi`: begin and end of the region in parts of the axis. */
  readonly region: readonly [number, number];
}

/** The position among the input elements that an output element is taken from. */
export function sourcePosition(
  transform: string,
  x: number,
  { input, output, scale, region: [begin, end] }: ResizedAxis,
): number | undefined {
  const center = (x + 0.5) / scale - 0.5;
  switch (transform) {
    case "asymmetric":
      return x / scale;
    case "half_pixel":
      return center;
    case "half_pixel_symmetric":
      return input / 2 * (1 - output / (scale * input)) + center;
    case "pytorch_half_pixel":
      return output > 1 ? center : 0;
    case "align_corners":
      return output > 1 ? x * (input - 1) / (output - 1) : 0;
    case "tf_crop_and_resize":
      return (input - 1) *
        (output > 1 ? begin + x * (end - begin) / (output - 1) : (begin + end) / 2);
    default:
      return undefined;
  }
}

/** The input element nearest to a position, which may lie beyond the ends. */
export function nearestIndex(nearest: string, position: number): number | undefined {
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

/**
 * The weights of input elements around a position.
 *
 * @returns Index and weight, the weights adding up to 1; `undefined` if the rule is not known.
 */
export function resizeWeights(
  rule: ResizeRule,
  position: number,
  { input, scale }: ResizedAxis,
): ReadonlyMap<number, number> | undefined {
  const weights = new Map<number, number>();
  if (rule.mode === "nearest") {
    const index = nearestIndex(rule.nearest, position);
    if (index === undefined) return undefined;
    return weights.set(clamp(index, input), 1);
  }
  const support = rule.mode === "linear" ? 1 : rule.mode === "cubic" ? 2 : undefined;
  if (support === undefined) return undefined;
  const stretch = rule.antialias ? Math.min(scale, 1) : 1;
  const last = Math.floor(position + support / stretch);
  let sum = 0;
  for (let i = Math.ceil(position - support / stretch); i <= last; i++) {
    if (rule.excludesOutside && (i < 0 || i >= input)) continue;
    const distance = Math.abs(i - position) * stretch;
    const weight = support === 1 ? Math.max(0, 1 - distance) : cubicWeight(distance, rule.cubic);
    const index = clamp(i, input);
    weights.set(index, (weights.get(index) ?? 0) + weight);
    sum += weight;
  }
  for (const [index, weight] of weights) weights.set(index, weight / sum);
  return weights;
}

/** Keys' cubic convolution kernel, "Cubic Convolution Interpolation for Digital Image Processing" (1981). */
function cubicWeight(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length - 1);
}
