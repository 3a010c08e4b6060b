import { type Attribute, intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { reshapeConstant } from "./constant.ts";
import { attribute, inputOf } from "./normal_graph.ts";
import {
  emitReshape,
  ends,
  type NormalizeNode,
  type Normalizer,
  unsupported,
} from "./normalizer.ts";
import { normalizeResize } from "./normalize_resize.ts";

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
