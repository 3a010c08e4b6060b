import { type Attribute, intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { Composer } from "./composer.ts";
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
import { emitPoolByAxis } from "./pool_by_axis.ts";
import { emitVolumeConvolution } from "./volume_convolution.ts";

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

/** How many spatial axes a node works on. */
function countSpatialAxes(node: Node, normalizer: Normalizer): number {
  return normalizer.shape(inputOf(node, 0)).length - 2;
}

function normalizeConvolution(node: Node, normalizer: Normalizer): void {
  const axes = countSpatialAxes(node, normalizer);
  if (axes === 3) return emitVolumeConvolution(node, normalizer);
  if (axes > 3) throw unsupported(node, `it works on ${axes} spatial axes`, "three at most");
  const isLine = axes === 1;
  const [input = "", weights = "", bias = ""] = node.inputs;
  const window = windowOf(node, isLine ? 1 : 2);
  const kernel = isLine
    ? normalizer.derive(normalizer.constantInput(node, 1), `${weights}.plane`, (constant) => {
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
  if ((node.outputs[1] ?? "") !== "") throw unsupported(node, "its indices are read", "no indices");
  const axes = countSpatialAxes(node, normalizer);
  const isLine = axes === 1;
  const window = windowOf(node, axes);
  if (axes > 2 || window.dilations.some((step) => step !== 1)) {
    return emitPoolByAxis(node, normalizer);
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
  const axes = countSpatialAxes(node, normalizer);
  if (axes > 2) return emitReduction(node, normalizer, operator);
  const isLine = axes === 1;
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

/** A global pool of a volume is a reduction. */
function emitReduction(node: Node, normalizer: Normalizer, operator: string): void {
  const composer = new Composer(node, normalizer);
  const input = composer.input(0);
  const axes = input.shape.map((_, axis) => axis).slice(2);
  composer.finish(
    composer.reduce(operator === "MaxPool" ? "ReduceMax" : "ReduceMean", input, axes),
  );
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
