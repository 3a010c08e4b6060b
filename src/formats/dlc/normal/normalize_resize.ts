import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "../../../graph/mod.ts";
import { type AxisMatrix, createAxisMatrix, multiplyAlong } from "./axis_matrix.ts";
import { type Attributes, Composer } from "./composer.ts";
import { attribute } from "./normal_graph.ts";
import { ends, type Normalizer, unsupported } from "./normalizer.ts";
import { frontAxis } from "./front_axis.ts";
import { type ResizedAxis, type ResizeRule, resizeWeights, sourcePosition } from "./resize_rule.ts";

/** Rules that the Resize of a DLC knows; it derives the scale from the sizes. */
const DLC_TRANSFORMS = ["asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"];

/**
 * A Resize of height and width by a rule that DLCs know stays one. Any other is separable: a product
 * with a constant matrix along each axis that changes.
 */
export function normalizeResize(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const from = normalizer.shape(input);
  const to = normalizer.shape(output);
  const rule: ResizeRule = {
    mode: stringAttribute(node, "mode", "nearest"),
    transform: stringAttribute(node, "coordinate_transformation_mode", "half_pixel"),
    nearest: stringAttribute(node, "nearest_mode", "round_prefer_floor"),
    cubic: floatAttribute(node, "cubic_coeff_a", -0.75),
    excludesOutside: intAttribute(node, "exclude_outside", 0) !== 0,
    antialias: intAttribute(node, "antialias", 0) !== 0,
  };
  const axes = resizedAxes(node, normalizer);
  const isChannelsLast = from[1] !== to[1] && from[3] === to[3];
  const isImage = from.length === 4 && from[0] === to[0] && (from[1] === to[1] || isChannelsLast);
  const isExact = rule.transform === "align_corners" ||
    axes.every(({ input, output, scale }) => Math.abs(scale * input - output) <= 1e-4 * output);
  if (!isImage || !isExact || rule.antialias || !DLC_TRANSFORMS.includes(rule.transform)) {
    return emitProducts(node, normalizer, { rule, axes });
  }
  emitResize(node, normalizer, {
    isChannelsLast,
    attributes: {
      mode: attribute.string(rule.mode),
      coordinate_transformation_mode: attribute.string(rule.transform),
      nearest_mode: attribute.string(rule.nearest),
      cubic_coeff_a: attribute.float(rule.cubic),
      exclude_outside: attribute.int(Number(rule.excludesOutside)),
    },
  });
}

/** Every axis of the operand with the scale that its coordinates are computed with. */
function resizedAxes(node: Node, normalizer: Normalizer): readonly ResizedAxis[] {
  const { input, output } = ends(node);
  const from = normalizer.shape(input);
  const to = normalizer.shape(output);
  const named = intsAttribute(node, "axes")?.map((axis) => frontAxis(axis, from.length)) ??
    from.map((_, axis) => axis);
  const transform = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const regions = transform === "tf_crop_and_resize" ? normalizer.numbers(node, 1) ?? [] : [];
  const given = normalizer.numbers(node, 2) ?? [];
  const sizes = given.length > 0 ? [] : normalizer.numbers(node, 3) ?? [];
  const ratios = named.map((axis, i) => (sizes[i] ?? to[axis] ?? 1) / (from[axis] ?? 1));
  const policy = stringAttribute(node, "keep_aspect_ratio_policy", "stretch");
  const common = given.length > 0 || policy === "stretch"
    ? undefined
    : policy === "not_larger"
    ? Math.min(...ratios)
    : Math.max(...ratios);
  return from.map((input, axis) => {
    const i = named.indexOf(axis);
    const scale = i < 0 ? 1 : given[i] ?? common ?? ratios[i] ?? 1;
    const region = i < 0
      ? [0, 1] as const
      : [regions[i] ?? 0, regions[named.length + i] ?? 1] as const;
    return { input, output: to[axis] ?? 1, scale, region };
  });
}

/** An axis as a matrix, and which of its output elements lie inside the operand. */
interface ResizeMatrix {
  readonly axis: number;
  readonly matrix: AxisMatrix;
  readonly isInside: readonly boolean[];
}

/** One product an axis; the axes that shrink most come first. */
function emitProducts(
  node: Node,
  normalizer: Normalizer,
  { rule, axes }: { readonly rule: ResizeRule; readonly axes: readonly ResizedAxis[] },
): void {
  const composer = new Composer(node, normalizer);
  const matrices = axes.map((resized, axis) => resizeMatrix(node, { rule, resized, axis }))
    .sort((a, b) =>
      a.matrix.outputs / a.matrix.inputs - b.matrix.outputs / b.matrix.inputs || a.axis - b.axis
    );
  let term = composer.input(0);
  for (const { axis, matrix } of matrices) term = multiplyAlong(composer, term, { axis, matrix });
  const value = floatAttribute(node, "extrapolation_value", 0);
  if (value !== 0 && matrices.some(({ isInside }) => isInside.includes(false))) {
    const outside = extrapolation(matrices, value);
    term = composer.apply("Add", [term, composer.constant("outside", outside)]);
  }
  composer.finish(term);
}

function resizeMatrix(
  node: Node,
  { rule, resized, axis }: {
    readonly rule: ResizeRule;
    readonly resized: ResizedAxis;
    readonly axis: number;
  },
): ResizeMatrix {
  const { input, output } = resized;
  const matrix = createAxisMatrix(node, { inputs: input, outputs: output });
  const isCrop = rule.transform === "tf_crop_and_resize";
  const isInside = Array.from({ length: output }, (_, x) => {
    const position = sourcePosition(rule.transform, x, resized);
    if (position === undefined) {
      throw unsupported(node, `its coordinates are "${rule.transform}"`, '"half_pixel"');
    }
    if (isCrop && (position < 0 || position > input - 1)) return false;
    const weights = resizeWeights(rule, position, resized);
    if (weights === undefined) {
      throw unsupported(node, `it is "${rule.mode}" with "${rule.nearest}"`, '"linear"');
    }
    for (const [index, weight] of weights) matrix.data[x * input + index] = weight;
    return true;
  });
  return { axis, matrix, isInside };
}

/** `value` where an element lies outside along any axis; axes that are inside throughout have length 1. */
function extrapolation(matrices: readonly ResizeMatrix[], value: number) {
  const ordered = matrices.toSorted((a, b) => a.axis - b.axis);
  const lists = ordered.map(({ isInside }) => isInside.includes(false) ? isInside : [true]);
  const inside = lists.reduce(
    (outer, list) => outer.flatMap((one) => list.map((other) => one && other)),
    [true],
  );
  const data = Float32Array.from(inside, (isInside) => isInside ? 0 : value);
  return { dtype: "float32", shape: lists.map(({ length }) => length), data } as const;
}

/** Images with channels last, as TensorFlow resizes them, are transposed on both sides. */
function emitResize(
  node: Node,
  normalizer: Normalizer,
  { isChannelsLast, attributes }: {
    readonly isChannelsLast: boolean;
    readonly attributes: Attributes;
  },
): void {
  const composer = new Composer(node, normalizer);
  const shape = normalizer.shape(ends(node).output);
  if (!isChannelsLast) {
    return composer.finish(composer.produce("Resize", [composer.input(0)], { shape, attributes }));
  }
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const image = composer.transpose(composer.input(0), [0, 3, 1, 2]);
  const resized = composer.produce("Resize", [image], {
    shape: [batch, channels, height, width],
    attributes,
  });
  composer.finish(composer.transpose(resized, [0, 2, 3, 1]));
}
