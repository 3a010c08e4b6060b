import { intAttribute, type Node } from "../../../graph/mod.ts";
import type { DlcLayer } from "../document.ts";
import { attribute, inputOf } from "../normal/normal_graph.ts";
import { UNCONFIRMED_LAYER_TYPES } from "../unconfirmed_operators.ts";
import { argument } from "./arguments.ts";
import { layerError, type LayerReader, type ReadLayer } from "./layer_reader.ts";
import type { LayerDraft, WriteLayer } from "./layer_writer.ts";

/** Layers that look at many elements at once. */
export const READ_STATISTICS: Readonly<Record<string, ReadLayer>> = {
  ArgMax: readArgMax,
  Batchnorm: readBatchNorm,
  [UNCONFIRMED_LAYER_TYPES.batchNorm]: readBatchNorm,
  Softmax: readSoftmax,
  [UNCONFIRMED_LAYER_TYPES.softmax]: readSoftmax,
};

/** Operators that look at many elements at once. */
export const WRITE_STATISTICS: Readonly<Record<string, WriteLayer>> = {
  ArgMax: (node) => [{
    type: "ArgMax",
    attributes: [
      argument.uint("axis", intAttribute(node, "axis", 0)),
      argument.boolean("keep_dims", intAttribute(node, "keepdims", 1) !== 0),
      argument.string("op", "ARGMAX"),
    ],
  }],
  BatchNormalization: writeBatchNorm,
  Softmax: (node) => [{
    type: UNCONFIRMED_LAYER_TYPES.softmax,
    attributes: [argument.uint("axis", intAttribute(node, "axis", 0))],
  }],
};

function axisOf(layer: DlcLayer, reader: LayerReader, fallback?: number): number {
  const axis = reader.integer(layer, "axis", fallback);
  const rank = reader.shape(layer, reader.input(layer)).length;
  if (axis >= 0 && axis < rank) return axis;
  throw layerError(layer, `its axis is ${axis}`, `0 to ${rank - 1}`);
}

function readArgMax(layer: DlcLayer, reader: LayerReader): void {
  reader.graph.emit(layer.name, {
    operator: "ArgMax",
    inputs: [reader.input(layer)],
    outputs: [reader.output(layer)],
    attributes: {
      axis: attribute.int(axisOf(layer, reader)),
      keepdims: attribute.int(reader.boolean(layer, "keep_dims", false) ? 1 : 0),
    },
  });
}

/** Without an axis it is the last one, the channels. */
function readSoftmax(layer: DlcLayer, reader: LayerReader): void {
  const input = reader.input(layer);
  const last = reader.shape(layer, input).length - 1;
  reader.graph.emit(layer.name, {
    operator: "Softmax",
    inputs: [input],
    outputs: [reader.output(layer)],
    attributes: { axis: attribute.int(axisOf(layer, reader, last)) },
  });
}

function readBatchNorm(layer: DlcLayer, reader: LayerReader): void {
  const input = reader.input(layer);
  const inputs = [
    input,
    reader.requireTensor(layer, "weights_0"),
    reader.requireTensor(layer, "bias"),
  ];
  const rank = reader.shape(layer, input).length;
  if (rank !== 2 && rank !== 4) throw layerError(layer, `its input has ${rank} dims`, "2 or 4");
  reader.graph.emit(layer.name, {
    operator: "BatchNormalization",
    inputs,
    outputs: [reader.output(layer)],
  });
}

function writeBatchNorm(node: Node): readonly LayerDraft[] {
  return [{
    type: UNCONFIRMED_LAYER_TYPES.batchNorm,
    inputs: [inputOf(node, 0)],
    tensors: { weights_0: inputOf(node, 1), bias: inputOf(node, 2) },
  }];
}
