import {
  type Attribute,
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "../../../graph/mod.ts";
import { reshapeConstant } from "./constant.ts";
import { attribute, inputOf } from "./normal_graph.ts";
import {
  emitReshape,
  ends,
  type NormalizeNode,
  type Normalizer,
  unsupported,
} from "./normalizer.ts";

/** Convolutions, pools and resizing: operators that slide over the two spatial axes of an image. */
export const NORMALIZE_WINDOWS: Readonly<Record<string, NormalizeNode>> = {
  AveragePool: normalizePool,
  Conv: normalizeConvolution,
  ConvTranspose: normalizeConvolution,
  GlobalAveragePool: (node, normalizer) => normalizeGlobalPool(node, normalizer, "AveragePool"),
  GlobalMaxPool: (node, normalizer) => normalizeGlobalPool(node, normalizer, "MaxPool"),
  MaxPool: normalizePool,
  Resize: normalizeResize,
};

interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

function windowOf(node: Node, axes: number): Window {
  const ones = Array<number>(axes).fill(1);
  return {
    strides: intsAttribute(node, "strides") ?? ones,
    dilations: intsAttribute(node, "dilations") ?? ones,
    pads: intsAttribute(node, "pads") ?? Array<number>(2 * axes).fill(0),
  };
}

/** The window of a line taken as an image of height 1. */
function planeWindow({ strides, dilations, pads }: Window): Window {
  return {
    strides: [1, ...strides],
    dilations: [1, ...dilations],
    pads: [0, pads[0] ?? 0, 0, pads[1] ?? 0],
  };
}

function windowAttributes(window: Window): Record<string, Attribute> {
  return {
    strides: attribute.ints(window.strides),
    dilations: attribute.ints(window.dilations),
    pads: attribute.ints(window.pads),
  };
}

/**
 * Emits a node on images. Where its operands are lines (rank 3), they are reshaped to images of
 * height 1 and back.
 */
function emitOnImage(
  node: Node,
  normalizer: Normalizer,
  { operator, inputs, attributes }: {
    operator: string;
    inputs: readonly string[];
    attributes: Readonly<Record<string, Attribute>>;
  },
): void {
  const { input, output } = ends(node);
  const rank = normalizer.shape(input).length;
  const others = inputs.slice(1);
  if (rank === 4) {
    normalizer.emit(node, { operator, inputs: [input, ...others], outputs: [output], attributes });
    return;
  }
  const plane = (name: string) => {
    const [batch = 1, channels = 1, length = 1] = normalizer.shape(name);
    return normalizer.intermediate(`${name}.plane`, name, [batch, channels, 1, length]);
  };
  const from = plane(input);
  const to = plane(output);
  emitReshape(normalizer, node, { from: input, to: from, suffix: ".plane" });
  normalizer.emit(node, { operator, inputs: [from, ...others], outputs: [to], attributes });
  emitReshape(normalizer, node, { from: to, to: output, suffix: ".line" });
}

function requireSpatialRank(node: Node, normalizer: Normalizer): boolean {
  const rank = normalizer.shape(inputOf(node, 0)).length;
  if (rank === 3 || rank === 4) return rank === 3;
  throw unsupported(node, `it works on ${rank - 2} spatial axes`, "one or two");
}

function normalizeConvolution(node: Node, normalizer: Normalizer): void {
  const isLine = requireSpatialRank(node, normalizer);
  const [input = "", weights = "", bias = ""] = node.inputs;
  const window = windowOf(node, isLine ? 1 : 2);
  const kernel = isLine
    ? normalizer.derive(weights, `${weights}.plane`, (constant) => {
      const [first = 1, second = 1, length = 1] = constant.data.shape;
      return reshapeConstant(constant, [first, second, 1, length]);
    })
    : weights;
  const padding = intsAttribute(node, "output_padding") ?? Array<number>(isLine ? 1 : 2).fill(0);
  emitOnImage(node, normalizer, {
    operator: node.operator,
    inputs: bias === "" ? [input, kernel] : [input, kernel, bias],
    attributes: {
      ...windowAttributes(isLine ? planeWindow(window) : window),
      group: attribute.int(intAttribute(node, "group", 1)),
      ...(node.operator === "ConvTranspose"
        ? { output_padding: attribute.ints(isLine ? [0, ...padding] : padding) }
        : {}),
    },
  });
}

function normalizePool(node: Node, normalizer: Normalizer): void {
  const isLine = requireSpatialRank(node, normalizer);
  if ((node.outputs[1] ?? "") !== "") throw unsupported(node, "its indices are read", "no indices");
  const window = windowOf(node, isLine ? 1 : 2);
  if (window.dilations.some((step) => step !== 1)) {
    throw unsupported(node, `it has dilations [${window.dilations}]`, "a pool without dilation");
  }
  const kernel = intsAttribute(node, "kernel_shape") ?? [];
  const { strides, pads } = isLine ? planeWindow(window) : window;
  emitOnImage(node, normalizer, {
    operator: node.operator,
    inputs: [inputOf(node, 0)],
    attributes: poolAttributes({
      kernel: isLine ? [1, ...kernel] : kernel,
      strides,
      pads,
      ceilMode: intAttribute(node, "ceil_mode", 0),
      countsPadding: intAttribute(node, "count_include_pad", 0),
    }),
  });
}

function normalizeGlobalPool(node: Node, normalizer: Normalizer, operator: string): void {
  const isLine = requireSpatialRank(node, normalizer);
  const [, , ...spatial] = normalizer.shape(inputOf(node, 0));
  emitOnImage(node, normalizer, {
    operator,
    inputs: [inputOf(node, 0)],
    attributes: poolAttributes({
      kernel: isLine ? [1, ...spatial] : spatial,
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      ceilMode: 0,
      countsPadding: 0,
    }),
  });
}

/** The attributes of a pool in normal form. */
export function poolAttributes(
  pool: {
    readonly kernel: readonly number[];
    readonly strides: readonly number[];
    readonly pads: readonly number[];
    readonly ceilMode: number;
    readonly countsPadding: number;
  },
): Record<string, Attribute> {
  return {
    kernel_shape: attribute.ints(pool.kernel),
    strides: attribute.ints(pool.strides),
    pads: attribute.ints(pool.pads),
    ceil_mode: attribute.int(pool.ceilMode),
    count_include_pad: attribute.int(pool.countsPadding),
  };
}

function normalizeResize(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const from = normalizer.shape(input);
  const to = normalizer.shape(output);
  const isImage = from.length === 4 && from[0] === to[0];
  const isChannelsLast = isImage && from[1] !== to[1] && from[3] === to[3];
  if (!isImage || from[1] !== to[1] && !isChannelsLast) {
    throw unsupported(
      node,
      `it turns [${from}] into [${to}]`,
      "an image resized in height and width",
    );
  }
  const mode = stringAttribute(node, "mode", "nearest");
  const transform = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (transform === "tf_crop_and_resize" || transform === "half_pixel_symmetric") {
    throw unsupported(node, `its coordinates are "${transform}"`, '"half_pixel"');
  }
  if (intAttribute(node, "antialias", 0) !== 0) {
    throw unsupported(node, "it smooths before it shrinks", "antialias 0");
  }
  requireExactScales(node, normalizer, transform);
  emitResize(node, normalizer, {
    isChannelsLast,
    attributes: {
      mode: attribute.string(mode),
      coordinate_transformation_mode: attribute.string(transform),
      nearest_mode: attribute.string(stringAttribute(node, "nearest_mode", "round_prefer_floor")),
      cubic_coeff_a: attribute.float(floatAttribute(node, "cubic_coeff_a", -0.75)),
      exclude_outside: attribute.int(intAttribute(node, "exclude_outside", 0)),
    },
  });
}

/** Images with channels last, as TensorFlow resizes them, are transposed on both sides. */
function emitResize(
  node: Node,
  normalizer: Normalizer,
  { isChannelsLast, attributes }: {
    readonly isChannelsLast: boolean;
    readonly attributes: Readonly<Record<string, Attribute>>;
  },
): void {
  const { input, output } = ends(node);
  if (!isChannelsLast) {
    normalizer.emit(node, { operator: "Resize", inputs: [input], outputs: [output], attributes });
    return;
  }
  const image = (name: string): string => {
    const [batch = 1, height = 1, width = 1, channels = 1] = normalizer.shape(name);
    return normalizer.intermediate(`${name}.image`, name, [batch, channels, height, width]);
  };
  const transpose = (one: string, other: string, perm: readonly number[]): void =>
    normalizer.emit(node, {
      operator: "Transpose",
      inputs: [one],
      outputs: [other],
      attributes: { perm: attribute.ints(perm) },
    }, ".layout");
  const from = image(input);
  const to = image(output);
  transpose(input, from, [0, 3, 1, 2]);
  normalizer.emit(node, { operator: "Resize", inputs: [from], outputs: [to], attributes });
  transpose(to, output, [0, 2, 3, 1]);
}

/** A DLC derives the scale from the sizes; given scales must agree with them. */
function requireExactScales(node: Node, normalizer: Normalizer, transform: string): void {
  const scales = normalizer.numbers(node, 2) ?? [];
  if (scales.length !== 4 || transform === "align_corners") return;
  const from = normalizer.shape(inputOf(node, 0));
  const to = normalizer.shape(node.outputs[0] ?? "");
  const exact = scales.every((scale, i) =>
    Math.abs(scale * (from[i] ?? 0) - (to[i] ?? 0)) <= 1e-4 * (to[i] ?? 0)
  );
  if (!exact) {
    throw unsupported(
      node,
      `its scales [${scales}] do not lead to whole sizes from [${from}]`,
      "scales that do, or sizes",
    );
  }
}
