import { intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import type { DlcLayer } from "../document.ts";
import { attribute, inputOf, type NormalGraph, outputOf } from "../normal/normal_graph.ts";
import { UNCONFIRMED_LAYER_TYPES } from "../unconfirmed_operators.ts";
import { argument } from "./arguments.ts";
import { layerError, type LayerReader, type ReadLayer, unknownNumber } from "./layer_reader.ts";
import { constantOf, imageSize, type LayerDraft, notIn3, type WriteLayer } from "./layer_writer.ts";
import { type AxisWindow, chooseStrategy, resolvePadding } from "./window_padding.ts";

/** Layers with a kernel, and the fully connected one. */
export const READ_CONVOLUTION: Readonly<Record<string, ReadLayer>> = {
  Convolutional: readConvolution,
  [UNCONFIRMED_LAYER_TYPES.deconvolution]: readConvolution,
  FullyConnected: readFullyConnected,
};

/** Operators with a kernel, and matrix products with constant weights. */
export const WRITE_CONVOLUTION: Readonly<Record<string, WriteLayer>> = {
  Conv: writeConvolution,
  ConvTranspose: writeConvolution,
  Gemm: (node) => [fullyConnected(node)],
};

function readConvolution(layer: DlcLayer, reader: LayerReader): void {
  const isTransposed = layer.type !== "Convolutional";
  const [input, output] = [reader.input(layer), reader.output(layer)];
  const weights = reader.requireTensor(layer, "weights_0");
  const kernel = reader.graph.constants.get(weights)?.data.shape ?? [];
  const stated = [reader.integer(layer, "kernel_size_y"), reader.integer(layer, "kernel_size")];
  if (kernel.length !== 4 || kernel[0] !== stated[0] || kernel[1] !== stated[1]) {
    throw layerError(
      layer,
      `its weights have dims [${kernel}]`,
      `[${stated}, …] as its attributes`,
    );
  }
  const mode = reader.integer(layer, "padding_mode", 0);
  if (mode !== 0) throw unknownNumber(layer, "padding_mode", mode);
  const strides = [reader.integer(layer, "stride_y"), reader.integer(layer, "stride")];
  const dilations = [
    reader.integer(layer, "dilation_y", 1),
    reader.integer(layer, "dilation_x", 1),
  ];
  const padding = [reader.integer(layer, "padding_y", 0), reader.integer(layer, "padding", 0)];
  const strategy = reader.integer(layer, "padding_strategy");
  const [from, to] = [reader.imageShape(layer, input), reader.imageShape(layer, output)];
  // A transposed convolution is the convolution that leads from its output to its input.
  const [wide, narrow] = isTransposed ? [to, from] : [from, to];
  const extra = isTransposed
    ? [reader.integer(layer, "output_padding_y", 0), reader.integer(layer, "output_padding", 0)]
    : [0, 0];
  const pads = [0, 1].map((axis) => {
    const resolved = resolvePadding(strategy, {
      input: (wide[axis] ?? 0) - (extra[axis] ?? 0),
      output: narrow[axis] ?? 0,
      extent: ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1,
      stride: strides[axis] ?? 1,
      padding: padding[axis] ?? 0,
    });
    if (resolved === undefined) throw unknownNumber(layer, "padding_strategy", strategy);
    return resolved;
  });
  const bias = reader.tensor(layer, "bias");
  reader.graph.emit(layer.name, {
    operator: isTransposed ? "ConvTranspose" : "Conv",
    inputs: bias === undefined ? [input, weights] : [input, weights, bias],
    outputs: [output],
    attributes: {
      strides: attribute.ints(strides),
      dilations: attribute.ints(dilations),
      pads: attribute.ints([...pads.map(([begin]) => begin), ...pads.map(([, end]) => end)]),
      group: attribute.int(reader.integer(layer, "groups", 1)),
      ...(isTransposed ? { output_padding: attribute.ints(extra) } : {}),
    },
  });
}

function writeConvolution(node: Node, graph: NormalGraph): readonly LayerDraft[] {
  const isTransposed = node.operator === "ConvTranspose";
  const [height = 1, width = 1] = constantOf(graph, node, 1).data.shape;
  const [strideY = 1, strideX = 1] = intsAttribute(node, "strides") ?? [];
  const [dilationY = 1, dilationX = 1] = intsAttribute(node, "dilations") ?? [];
  const [top = 0, left = 0, bottom = 0, right = 0] = intsAttribute(node, "pads") ?? [];
  const [extraY = 0, extraX = 0] = intsAttribute(node, "output_padding") ?? [];
  const [from, to] = [imageSize(graph, inputOf(node, 0)), imageSize(graph, outputOf(node))];
  const [wide, narrow] = isTransposed ? [to, from] : [from, to];
  const windows: AxisWindow[] = [
    {
      input: wide[0] - extraY,
      output: narrow[0],
      extent: (height - 1) * dilationY + 1,
      stride: strideY,
      padding: top,
    },
    {
      input: wide[1] - extraX,
      output: narrow[1],
      extent: (width - 1) * dilationX + 1,
      stride: strideX,
      padding: left,
    },
  ];
  const strategy = chooseStrategy(windows);
  if (strategy === undefined) {
    throw notIn3(node, `it is padded [${top}, ${left}] before and [${bottom}, ${right}] after`);
  }
  return [{
    type: isTransposed ? UNCONFIRMED_LAYER_TYPES.deconvolution : "Convolutional",
    inputs: [inputOf(node, 0)],
    tensors: weightTensors(node),
    attributes: [
      argument.int("dilation_x", dilationX),
      argument.int("dilation_y", dilationY),
      argument.int("groups", intAttribute(node, "group", 1)),
      argument.int("kernel_size", width),
      argument.int("kernel_size_y", height),
      argument.int("padding", left),
      argument.uint("padding_mode", 0),
      argument.uint("padding_strategy", strategy),
      argument.int("padding_y", top),
      argument.int("stride", strideX),
      argument.int("stride_y", strideY),
      ...(isTransposed
        ? [argument.int("output_padding", extraX), argument.int("output_padding_y", extraY)]
        : []),
    ],
  }];
}

/** Weights, and the bias where there is one. */
function weightTensors(node: Node): Record<string, string> {
  const bias = node.inputs[2] ?? "";
  return { weights_0: inputOf(node, 1), ...(bias === "" ? {} : { bias }) };
}

function fullyConnected(node: Node): LayerDraft {
  return { type: "FullyConnected", inputs: [inputOf(node, 0)], tensors: weightTensors(node) };
}

function readFullyConnected(layer: DlcLayer, reader: LayerReader): void {
  const input = reader.input(layer);
  const weights = reader.requireTensor(layer, "weights_0");
  const bias = reader.tensor(layer, "bias");
  const operands = { input, weights, bias, output: reader.output(layer) };
  if (reader.graph.emitFullyConnected(layer.name, operands)) return;
  const [, inputs] = reader.graph.constants.get(weights)?.data.shape ?? [];
  const shape = reader.shape(layer, input);
  throw layerError(layer, `its input has dims [${shape}]`, `a multiple of ${inputs} elements`);
}
