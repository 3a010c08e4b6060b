import { intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import type { DlcOperator } from "../document.ts";
import { attribute, inputOf, type NormalGraph, shapeOf } from "../normal/normal_graph.ts";
import { poolAttributes } from "../normal/normalize_windows.ts";
import { unsupported } from "../normal/normalizer.ts";
import { ROUND_UP } from "../unconfirmed_operators.ts";
import { operatorError, type OperatorReader, type ReadOperator } from "./operator_reader.ts";
import {
  type OperatorDraft,
  parameter,
  type ParameterDraft,
  type WriteOperator,
} from "./operator_writer.ts";

/** Convolutions and pools. */
export const READ_WINDOWS: Readonly<Record<string, ReadOperator>> = {
  Conv2d: readConvolution,
  DepthWiseConv2d: readConvolution,
  PoolAvg2d: readPool,
  PoolMax2d: readPool,
  TransposeConv2d: readConvolution,
};

/** Convolutions and pools. */
export const WRITE_WINDOWS: Readonly<Record<string, WriteOperator>> = {
  AveragePool: writePool,
  Conv: writeConvolution,
  ConvTranspose: writeTransposedConvolution,
  MaxPool: writePool,
};

/** `[[top, bottom], [left, right]]` as ONNX's `[top, left, bottom, right]`. */
function padsOf(operator: DlcOperator, reader: OperatorReader): readonly number[] {
  const amount = reader.listOf(operator, "pad_amount", { length: 4, fallback: [0, 0, 0, 0] });
  const [top = 0, bottom = 0, left = 0, right = 0] = amount;
  return [top, left, bottom, right];
}

function padAmount(node: Node): ParameterDraft {
  const [top = 0, left = 0, bottom = 0, right = 0] = intsAttribute(node, "pads") ?? [];
  return parameter.rows("pad_amount", [[top, bottom], [left, right]]);
}

function pairOf(operator: DlcOperator, reader: OperatorReader, name: string): readonly number[] {
  return reader.listOf(operator, name, { length: 2, fallback: [1, 1] });
}

function readConvolution(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const weights = reader.constant(operator, 1);
  const [, , , channels = 0] = reader.image(operator, input);
  const isTransposed = operator.type === "TransposeConv2d";
  const isDepthWise = operator.type === "DepthWiseConv2d";
  reader.image(operator, weights);
  const bias = operator.inputs[2] ?? "";
  reader.graph.emit(operator.name, {
    operator: isTransposed ? "ConvTranspose" : "Conv",
    inputs: bias === "" ? [input, weights] : [input, weights, bias],
    outputs: [reader.output(operator)],
    attributes: {
      strides: attribute.ints(pairOf(operator, reader, "stride")),
      dilations: attribute.ints(isTransposed ? [1, 1] : pairOf(operator, reader, "dilation")),
      pads: attribute.ints(padsOf(operator, reader)),
      group: attribute.int(isDepthWise ? channels : reader.integer(operator, "group", 1)),
      ...(isTransposed
        ? {
          output_padding: attribute.ints(
            reader.listOf(operator, "output_padding", { length: 2, fallback: [0, 0] }),
          ),
        }
        : {}),
    },
  });
}

/** A convolution with a group for each input channel has an operator of its own. */
function writeConvolution(node: Node, graph: NormalGraph): OperatorDraft {
  const groups = intAttribute(node, "group", 1);
  const [, , , channels = 0] = shapeOf(graph, inputOf(node, 0));
  const isDepthWise = groups > 1 && groups === channels;
  return {
    type: isDepthWise ? "DepthWiseConv2d" : "Conv2d",
    parameters: [
      parameter.uints("dilation", intsAttribute(node, "dilations") ?? [1, 1]),
      ...(isDepthWise ? [] : [parameter.uint("group", groups)]),
      padAmount(node),
      parameter.uints("stride", intsAttribute(node, "strides") ?? [1, 1]),
    ],
  };
}

function writeTransposedConvolution(node: Node): OperatorDraft {
  const dilations = intsAttribute(node, "dilations") ?? [1, 1];
  if (dilations.some((step) => step !== 1)) {
    throw unsupported(node, `it has dilations [${dilations}]`, "dilations of 1");
  }
  return {
    type: "TransposeConv2d",
    parameters: [
      parameter.uint("group", intAttribute(node, "group", 1)),
      parameter.uints("output_padding", intsAttribute(node, "output_padding") ?? [0, 0]),
      padAmount(node),
      parameter.uints("stride", intsAttribute(node, "strides") ?? [1, 1]),
    ],
  };
}

function readPool(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const isAverage = operator.type === "PoolAvg2d";
  reader.image(operator, input);
  const rounding = reader.integer(operator, "rounding_mode", 0);
  if (rounding !== 0 && rounding !== ROUND_UP) {
    throw operatorError(operator, `its rounding_mode is ${rounding}`, `0 or ${ROUND_UP}`);
  }
  reader.graph.emit(operator.name, {
    operator: isAverage ? "AveragePool" : "MaxPool",
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: poolAttributes({
      kernel: reader.listOf(operator, "filter_size", { length: 2 }),
      strides: pairOf(operator, reader, "stride"),
      pads: padsOf(operator, reader),
      ceilMode: rounding,
      countsPadding: isAverage ? reader.integer(operator, "count_pad_for_edges", 0) : 0,
    }),
  });
}

function writePool(node: Node): OperatorDraft {
  const isAverage = node.operator === "AveragePool";
  const counts = intAttribute(node, "count_include_pad", 0) !== 0;
  return {
    type: isAverage ? "PoolAvg2d" : "PoolMax2d",
    inputs: [inputOf(node, 0)],
    parameters: [
      ...(isAverage ? [parameter.boolean("count_pad_for_edges", counts)] : []),
      parameter.uints("filter_size", intsAttribute(node, "kernel_shape") ?? []),
      padAmount(node),
      parameter.uint("rounding_mode", intAttribute(node, "ceil_mode", 0) === 0 ? 0 : ROUND_UP),
      parameter.uints("stride", intsAttribute(node, "strides") ?? [1, 1]),
    ],
  };
}
