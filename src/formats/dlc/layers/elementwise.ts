import type { Node } from "../../../graph/mod.ts";
import type { DlcLayer } from "../document.ts";
import { attribute, inputOf } from "../normal/normal_graph.ts";
import { SUBTRACTION_COEFFICIENTS, UNCONFIRMED_LAYER_TYPES } from "../unconfirmed_operators.ts";
import { argument } from "./arguments.ts";
import { layerError, type LayerReader, type ReadLayer, unknownNumber } from "./layer_reader.ts";
import { constantOf, type LayerDraft, notIn3, type WriteLayer } from "./layer_writer.ts";

/** Activation functions and arithmetic on elements. */
export const READ_ELEMENTWISE: Readonly<Record<string, ReadLayer>> = {
  Neuron: readNeuron,
  ElementwiseOp: readElementwise,
  ElementwiseUnaryOp: readUnary,
  [UNCONFIRMED_LAYER_TYPES.prelu]: readPrelu,
  Relu: (layer, reader) => readPlain(layer, reader, "Relu"),
  Sigmoid: (layer, reader) => readPlain(layer, reader, "Sigmoid"),
};

/** Activation functions and arithmetic on elements. */
export const WRITE_ELEMENTWISE: Readonly<Record<string, WriteLayer>> = {
  Abs: () => [{ type: "ElementwiseUnaryOp", attributes: [argument.uint("op", ABS)] }],
  Add: () => [sum([1, 1])],
  Clip: writeClip,
  Mul: () => [{ type: "ElementwiseOp", attributes: [argument.uint("op", PRODUCT)] }],
  PRelu: writePrelu,
  Relu: () => [neuron(RELU)],
  Sigmoid: () => [neuron(SIGMOID)],
  Sub: () => [sum(SUBTRACTION_COEFFICIENTS)],
};

/** `type` of Neuron. */
const RELU = 1;
const SIGMOID = 3;
const CLAMP = 4;
/** `op` of ElementwiseOp. */
const SUM = 0;
const PRODUCT = 1;
/** `op` of ElementwiseUnaryOp. */
const ABS = 8;

/** Bounds that no float passes. */
const LOWEST = -3.4028234663852886e38;

function readPlain(layer: DlcLayer, reader: LayerReader, operator: string): void {
  reader.graph.emit(layer.name, {
    operator,
    inputs: [reader.input(layer)],
    outputs: [reader.output(layer)],
  });
}

function readNeuron(layer: DlcLayer, reader: LayerReader): void {
  const type = reader.integer(layer, "type");
  if (type === RELU) return readPlain(layer, reader, "Relu");
  if (type === SIGMOID) return readPlain(layer, reader, "Sigmoid");
  if (type !== CLAMP) throw unknownNumber(layer, "type", type);
  const min = reader.float(layer, "min_clamp");
  const max = reader.float(layer, "max_clamp");
  reader.graph.emit(layer.name, {
    operator: "Clip",
    inputs: [reader.input(layer)],
    outputs: [reader.output(layer)],
    attributes: {
      ...(min <= LOWEST ? {} : { min: attribute.float(min) }),
      ...(max >= -LOWEST ? {} : { max: attribute.float(max) }),
    },
  });
}

function neuron(type: number, min = 0, max = 0): LayerDraft {
  return {
    type: "Neuron",
    attributes: [
      argument.float("a", 0),
      argument.float("b", 0),
      argument.float("max_clamp", max),
      argument.float("min_clamp", min),
      argument.uint("type", type),
    ],
  };
}

function writeClip(node: Node): readonly LayerDraft[] {
  const { min, max } = node.attributes;
  const lowest = min?.type === "float" ? min.value : LOWEST;
  const highest = max?.type === "float" ? max.value : -LOWEST;
  return [{ ...neuron(CLAMP, lowest, highest), inputs: [inputOf(node, 0)] }];
}

function sum(coefficients: readonly number[]): LayerDraft {
  return {
    type: "ElementwiseOp",
    attributes: [argument.floats("coeffs", coefficients), argument.uint("op", SUM)],
  };
}

/** More than two inputs are taken from left to right. */
function readElementwise(layer: DlcLayer, reader: LayerReader): void {
  const op = reader.integer(layer, "op");
  if (op !== SUM && op !== PRODUCT) throw unknownNumber(layer, "op", op);
  const inputs = layer.inputs;
  if (inputs.length < 2) throw layerError(layer, `it has ${inputs.length} inputs`, "at least 2");
  const ones = Array<number>(inputs.length).fill(1);
  const factors = op === SUM ? reader.floats(layer, "coeffs", ones) : ones;
  if (factors.length !== inputs.length) {
    throw layerError(layer, `it has ${factors.length} coeffs`, `${inputs.length}, one an input`);
  }
  const output = reader.output(layer);
  let left = scaled(layer, reader, { index: 0, factor: factors[0] ?? 1 });
  for (let i = 1; i < inputs.length; i++) {
    const isLast = i === inputs.length - 1;
    const isDifference = op === SUM && factors[i] === -1;
    const right = isDifference
      ? reader.input(layer, i)
      : scaled(layer, reader, { index: i, factor: factors[i] ?? 1 });
    const result = isLast
      ? output
      : reader.graph.intermediate(`${output}.${i}`, reader.shape(layer, output));
    reader.graph.emit(layer.name, {
      operator: op === PRODUCT ? "Mul" : isDifference ? "Sub" : "Add",
      inputs: [left, right],
      outputs: [result],
    }, isLast ? "" : `.${i}`);
    left = result;
  }
}

function scaled(
  layer: DlcLayer,
  reader: LayerReader,
  { index, factor }: { index: number; factor: number },
): string {
  const suffix = `.coeff${index}`;
  return reader.graph.emitScaled(layer.name, reader.input(layer, index), { factor, suffix });
}

function readUnary(layer: DlcLayer, reader: LayerReader): void {
  const op = reader.integer(layer, "op");
  if (op !== ABS) throw unknownNumber(layer, "op", op);
  readPlain(layer, reader, "Abs");
}

function readPrelu(layer: DlcLayer, reader: LayerReader): void {
  const slope = reader.requireTensor(layer, "weights_0");
  reader.graph.emit(layer.name, {
    operator: "PRelu",
    inputs: [reader.input(layer), slope],
    outputs: [reader.output(layer)],
  });
}

/** The slope must belong to the last axis, the channels of a stored image. */
function writePrelu(node: Node, graph: Parameters<WriteLayer>[1]): readonly LayerDraft[] {
  const { shape } = constantOf(graph, node, 1).data;
  if (shape.slice(0, -1).some((size) => size !== 1)) {
    throw notIn3(node, `its slopes have the stored shape [${shape}]`);
  }
  return [{
    type: UNCONFIRMED_LAYER_TYPES.prelu,
    inputs: [inputOf(node, 0)],
    tensors: { weights_0: inputOf(node, 1) },
  }];
}
