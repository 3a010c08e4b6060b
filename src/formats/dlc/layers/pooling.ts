import { intAttribute, intsAttribute, type Node, stringAttribute } from "../../../graph/mod.ts";
import type { DlcLayer } from "../document.ts";
import { attribute, inputOf, type NormalGraph, outputOf } from "../normal/normal_graph.ts";
import { poolAttributes } from "../normal/normalize_windows.ts";
import { MAX_POOLING_TYPE } from "../unconfirmed_operators.ts";
import { argument } from "./arguments.ts";
import { type LayerReader, type ReadLayer, unknownNumber } from "./layer_reader.ts";
import { imageSize, type LayerDraft, notIn3, type WriteLayer } from "./layer_writer.ts";
import { chooseStrategy, PADDING_STRATEGY, resolvePadding } from "./window_padding.ts";

/** Pools and resizing. */
export const READ_POOLING: Readonly<Record<string, ReadLayer>> = {
  Pooling: readPooling,
  Scaling: readScaling,
};

/** Pools and resizing. */
export const WRITE_POOLING: Readonly<Record<string, WriteLayer>> = {
  AveragePool: writePooling,
  MaxPool: writePooling,
  ReduceMean: writeSpatialMean,
  Resize: writeScaling,
};

/** Type of a Pooling layer that averages. */
const AVERAGE = 1;

function readPooling(layer: DlcLayer, reader: LayerReader): void {
  const [input, output] = [reader.input(layer), reader.output(layer)];
  const [from, to] = [reader.imageShape(layer, input), reader.imageShape(layer, output)];
  const type = reader.integer(layer, "type");
  if (type !== AVERAGE && type !== MAX_POOLING_TYPE) throw unknownNumber(layer, "type", type);
  const kernel = [reader.integer(layer, "size_y"), reader.integer(layer, "size_x")];
  const strides = [reader.integer(layer, "stride_y"), reader.integer(layer, "stride_x")];
  const padding = [reader.integer(layer, "pad_y", 0), reader.integer(layer, "pad_x", 0)];
  const strategy = reader.integer(layer, "padding_size_strategy");
  const windows = [0, 1].map((axis) => ({
    input: from[axis] ?? 0,
    output: to[axis] ?? 0,
    extent: kernel[axis] ?? 1,
    stride: strides[axis] ?? 1,
    padding: padding[axis] ?? 0,
  }));
  const pads = windows.map((window) => {
    const resolved = resolvePadding(strategy, window);
    if (resolved === undefined) throw unknownNumber(layer, "padding_size_strategy", strategy);
    return resolved;
  });
  reader.graph.emit(layer.name, {
    operator: type === AVERAGE ? "AveragePool" : "MaxPool",
    inputs: [input],
    outputs: [output],
    attributes: poolAttributes({
      kernel,
      strides,
      pads: [...pads.map(([begin]) => begin), ...pads.map(([, end]) => end)],
      ceilMode: 0,
      countsPadding: reader.boolean(layer, "pool_region_include_padding", false) ? 1 : 0,
    }),
  });
}

interface Pool {
  readonly type: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly number[];
  readonly strategy: number;
  readonly countsPadding: boolean;
}

function poolingLayer(node: Node, pool: Pool): LayerDraft {
  const [height = 1, width = 1] = pool.kernel;
  const [strideY = 1, strideX = 1] = pool.strides;
  const [top = 0, left = 0] = pool.padding;
  return {
    type: "Pooling",
    inputs: [inputOf(node, 0)],
    attributes: [
      argument.int("pad_x", left),
      argument.int("pad_y", top),
      argument.uint("padding_size_strategy", pool.strategy),
      argument.boolean("pool_region_include_padding", pool.countsPadding),
      argument.int("size_x", width),
      argument.int("size_y", height),
      argument.int("stride_x", strideX),
      argument.int("stride_y", strideY),
      argument.uint("type", pool.type),
    ],
  };
}

function writePooling(node: Node, graph: NormalGraph): readonly LayerDraft[] {
  const kernel = intsAttribute(node, "kernel_shape") ?? [];
  const strides = intsAttribute(node, "strides") ?? [];
  const pads = intsAttribute(node, "pads") ?? [];
  const [from, to] = [imageSize(graph, inputOf(node, 0)), imageSize(graph, outputOf(node))];
  const windows = [0, 1].map((axis) => ({
    input: from[axis] ?? 0,
    output: to[axis] ?? 0,
    extent: kernel[axis] ?? 1,
    stride: strides[axis] ?? 1,
    padding: pads[axis] ?? 0,
  }));
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  // Rounding up is padding after the image; an average over padding must not count it.
  const countsPadding = intAttribute(node, "count_include_pad", 0) !== 0;
  const strategy = chooseStrategy(windows);
  if (strategy === undefined || countsPadding && strategy !== PADDING_STRATEGY.explicit) {
    throw notIn3(node, `it is padded [${top}, ${left}] before and [${bottom}, ${right}] after`);
  }
  const type = node.operator === "AveragePool" ? AVERAGE : MAX_POOLING_TYPE;
  const padding = [top, left];
  return [poolingLayer(node, { type, kernel, strides, padding, strategy, countsPadding })];
}

/** A mean over height and width is an average pool over the whole image. */
function writeSpatialMean(node: Node, graph: NormalGraph): readonly LayerDraft[] {
  const axes = intsAttribute(node, "axes") ?? [];
  const input = inputOf(node, 0);
  const isSpatial = axes.length === 2 && axes[0] === 1 && axes[1] === 2 &&
    graph.values.get(input)?.shape.length === 4;
  if (!isSpatial || intAttribute(node, "keepdims", 1) === 0) {
    throw notIn3(node, `it reduces axes [${axes}] of its stored input`);
  }
  return [poolingLayer(node, {
    type: AVERAGE,
    kernel: imageSize(graph, input),
    strides: [1, 1],
    padding: [0, 0],
    strategy: PADDING_STRATEGY.explicit,
    countsPadding: false,
  })];
}

function readScaling(layer: DlcLayer, reader: LayerReader): void {
  const mode = reader.integer(layer, "resize_mode", 0);
  if (mode !== 0) throw unknownNumber(layer, "resize_mode", mode);
  const [input, output] = [reader.input(layer), reader.output(layer)];
  reader.imageShape(layer, input);
  reader.imageShape(layer, output);
  const transform = reader.boolean(layer, "align_corners", false) ? "align_corners" : "asymmetric";
  reader.graph.emit(layer.name, {
    operator: "Resize",
    inputs: [input],
    outputs: [output],
    attributes: {
      mode: attribute.string("linear"),
      coordinate_transformation_mode: attribute.string(transform),
    },
  });
}

function writeScaling(node: Node): readonly LayerDraft[] {
  const mode = stringAttribute(node, "mode", "nearest");
  const transform = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (mode !== "linear" || transform !== "align_corners" && transform !== "asymmetric") {
    throw notIn3(node, `it is ${mode} with coordinates "${transform}"`);
  }
  return [{
    type: "Scaling",
    attributes: [
      argument.boolean("align_corners", transform === "align_corners"),
      argument.boolean("maintain_aspect_ratio", false),
      argument.float("pad", 0),
      argument.uint("resize_mode", 0),
    ],
  }];
}
