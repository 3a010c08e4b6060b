import { floatAttribute, intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import type { DlcOperator } from "../document.ts";
import { attribute, inputOf } from "../normal/normal_graph.ts";
import { LRN_ACROSS_CHANNELS, LRN_ALPHA_IS_PER_ELEMENT } from "../unconfirmed_operators.ts";
import {
  operatorError,
  type OperatorReader,
  type ReadOperator,
  unknownSetting,
} from "./operator_reader.ts";
import { type OperatorDraft, parameter, type WriteOperator } from "./operator_writer.ts";

/** Reductions and normalizations. */
export const READ_STATISTICS: Readonly<Record<string, ReadOperator>> = {
  Argmax: (operator, reader) => readArg(operator, reader, "ArgMax"),
  Argmin: (operator, reader) => readArg(operator, reader, "ArgMin"),
  Batchnorm: readBatchNorm,
  InstanceNorm: readInstanceNorm,
  L2Norm: (operator, reader) => readAlongAxis(operator, reader, "LpNormalization"),
  LayerNorm: readLayerNorm,
  LogSoftmax: (operator, reader) => readAlongAxis(operator, reader, "LogSoftmax"),
  Lrn: readLrn,
  ReduceMax: readReduce,
  ReduceMean: readReduce,
  ReduceMin: readReduce,
  ReduceSum: readReduce,
  Softmax: (operator, reader) => readAlongAxis(operator, reader, "Softmax"),
  TopK: readTopK,
};

/** Reductions and normalizations. */
export const WRITE_STATISTICS: Readonly<Record<string, WriteOperator>> = {
  ArgMax: (node) => writeArg(node, "Argmax"),
  ArgMin: (node) => writeArg(node, "Argmin"),
  BatchNormalization: () => ({ type: "Batchnorm" }),
  InstanceNormalization: (node) => ({
    type: "InstanceNorm",
    parameters: [parameter.float("epsilon", floatAttribute(node, "epsilon", 1e-5))],
  }),
  LRN: writeLrn,
  LayerNormalization: (node) => ({
    type: "LayerNorm",
    parameters: [
      parameter.uints("axes", intsAttribute(node, "axes") ?? []),
      parameter.float("epsilon", floatAttribute(node, "epsilon", 1e-5)),
    ],
  }),
  LogSoftmax: (node) => alongAxis(node, "LogSoftmax"),
  LpNormalization: (node) => alongAxis(node, "L2Norm"),
  ReduceMax: writeReduce,
  ReduceMean: writeReduce,
  ReduceMin: writeReduce,
  ReduceSum: writeReduce,
  Softmax: (node) => alongAxis(node, "Softmax"),
  TopK: (node) => ({
    type: "TopK",
    inputs: [inputOf(node, 0)],
    parameters: [
      parameter.uint("k", intAttribute(node, "k", 1)),
      parameter.boolean("largest", intAttribute(node, "largest", 1) !== 0),
    ],
  }),
};

/** Softmax with a `beta` works on `beta * x`. */
function readAlongAxis(operator: DlcOperator, reader: OperatorReader, name: string): void {
  const input = reader.input(operator);
  const rank = reader.shape(operator, input).length;
  const axis = reader.axis(operator, "axis", { fallback: rank - 1, operand: input });
  const factor = reader.float(operator, "beta", 1);
  const scaled = reader.graph.emitScaled(operator.name, input, { factor, suffix: ".beta" });
  reader.graph.emit(operator.name, {
    operator: name,
    inputs: [scaled],
    outputs: [reader.output(operator)],
    attributes: { axis: attribute.int(axis) },
  });
}

function alongAxis(node: Node, type: string): OperatorDraft {
  return { type, parameters: [parameter.uint("axis", intAttribute(node, "axis", 0))] };
}

function readArg(operator: DlcOperator, reader: OperatorReader, name: string): void {
  const input = reader.input(operator);
  reader.graph.emit(operator.name, {
    operator: name,
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: {
      axis: attribute.int(reader.axis(operator, "axis", { operand: input })),
      keepdims: attribute.int(reader.integer(operator, "keep_dims", 0)),
    },
  });
}

function writeArg(node: Node, type: string): OperatorDraft {
  return {
    type,
    parameters: [
      parameter.uint("axis", intAttribute(node, "axis", 0)),
      parameter.boolean("keep_dims", intAttribute(node, "keepdims", 1) !== 0),
    ],
  };
}

/** Axes of the operand, checked and in rising order. */
function axesOf(operator: DlcOperator, reader: OperatorReader): readonly number[] {
  const rank = reader.shape(operator, reader.input(operator)).length;
  const axes = reader.list(operator, "axes").map((axis) => axis < 0 ? axis + rank : axis);
  const isValid = axes.length > 0 && new Set(axes).size === axes.length &&
    axes.every((axis) => axis >= 0 && axis < rank);
  if (!isValid) {
    throw operatorError(operator, `its axes are [${axes}]`, `some of 0 to ${rank - 1}, once each`);
  }
  return axes.toSorted((a, b) => a - b);
}

function readReduce(operator: DlcOperator, reader: OperatorReader): void {
  reader.graph.emit(operator.name, {
    operator: operator.type,
    inputs: [reader.input(operator)],
    outputs: [reader.output(operator)],
    attributes: {
      axes: attribute.ints(axesOf(operator, reader)),
      keepdims: attribute.int(reader.integer(operator, "keep_dims", 0)),
    },
  });
}

function writeReduce(node: Node): OperatorDraft {
  return {
    type: node.operator,
    parameters: [
      parameter.uints("axes", intsAttribute(node, "axes") ?? []),
      parameter.boolean("keep_dims", intAttribute(node, "keepdims", 1) !== 0),
    ],
  };
}

function readBatchNorm(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const rank = reader.shape(operator, input).length;
  if (rank !== 2 && rank !== 4) {
    throw operatorError(operator, `its input has ${rank} dims`, "2 or 4");
  }
  reader.graph.emit(operator.name, {
    operator: "BatchNormalization",
    inputs: [input, reader.constant(operator, 1), reader.constant(operator, 2)],
    outputs: [reader.output(operator)],
  });
}

function readInstanceNorm(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  reader.image(operator, input);
  for (const [name, expected] of [["mode", 0], ["region", 0], ["normalize_variance", 1]] as const) {
    const value = reader.integer(operator, name, expected);
    if (value !== expected) {
      throw unknownSetting(operator, name, { value, works: String(expected) });
    }
  }
  reader.graph.emit(operator.name, {
    operator: "InstanceNormalization",
    inputs: [input, reader.constant(operator, 1), reader.constant(operator, 2)],
    outputs: [reader.output(operator)],
    attributes: { epsilon: attribute.float(reader.float(operator, "epsilon", 1e-12)) },
  });
}

function readLayerNorm(operator: DlcOperator, reader: OperatorReader): void {
  reader.graph.emit(operator.name, {
    operator: "LayerNormalization",
    inputs: [reader.input(operator), reader.input(operator, 1), ...operator.inputs.slice(2, 3)],
    outputs: [reader.output(operator)],
    attributes: {
      axes: attribute.ints(axesOf(operator, reader)),
      epsilon: attribute.float(reader.float(operator, "epsilon", 1e-12)),
    },
  });
}

function readLrn(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  reader.image(operator, input);
  const region = reader.integer(operator, "region", LRN_ACROSS_CHANNELS);
  if (region !== LRN_ACROSS_CHANNELS) {
    throw unknownSetting(operator, "region", { value: region, works: String(LRN_ACROSS_CHANNELS) });
  }
  const size = 2 * reader.integer(operator, "radius") + 1;
  const alpha = reader.float(operator, "alpha", 1);
  reader.graph.emit(operator.name, {
    operator: "LRN",
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: {
      size: attribute.int(size),
      alpha: attribute.float(LRN_ALPHA_IS_PER_ELEMENT ? alpha * size : alpha),
      beta: attribute.float(reader.float(operator, "beta", 0.5)),
      bias: attribute.float(reader.float(operator, "bias", 1)),
    },
  });
}

function writeLrn(node: Node): OperatorDraft {
  const size = intAttribute(node, "size", 1);
  const alpha = floatAttribute(node, "alpha", 1e-4);
  return {
    type: "Lrn",
    parameters: [
      parameter.float("alpha", LRN_ALPHA_IS_PER_ELEMENT ? alpha / size : alpha),
      parameter.float("beta", floatAttribute(node, "beta", 0.75)),
      parameter.float("bias", floatAttribute(node, "bias", 1)),
      parameter.int("radius", (size - 1) / 2),
      parameter.uint("region", LRN_ACROSS_CHANNELS),
    ],
  };
}

function readTopK(operator: DlcOperator, reader: OperatorReader): void {
  reader.graph.emit(operator.name, {
    operator: "TopK",
    inputs: [reader.input(operator)],
    outputs: operator.outputs,
    attributes: {
      k: attribute.int(reader.integer(operator, "k")),
      largest: attribute.int(reader.integer(operator, "largest", 1)),
    },
  });
}
