import { floatAttribute, intAttribute, type Node } from "../../../graph/mod.ts";
import type { Attribute } from "../../../graph/mod.ts";
import { onnxCodeOfDataType } from "../../../graph/mod.ts";
import { sameGrid } from "../../../tensor/mod.ts";
import type { DlcOperator } from "../document.ts";
import { attribute, inputOf, type NormalGraph, outputOf } from "../normal/normal_graph.ts";
import { BINARY_TYPE, NEURON_BOUNDS, UNARY_TYPE } from "../unconfirmed_operators.ts";
import {
  operatorError,
  type OperatorReader,
  type ReadOperator,
  unknownSetting,
} from "./operator_reader.ts";
import { type OperatorDraft, parameter, type WriteOperator } from "./operator_writer.ts";

/** ONNX names of `Eltwise_Binary` operations, by number; several words are computed in steps. */
const BINARY = [
  ...["Add", "And", "Div", "Equal", "FloorDiv", "Fmod", "Greater", "GreaterOrEqual", "Less"],
  ...["LessOrEqual", "Max", "Min", "Mod", "Mul", "NotEqual", "Or", "Pow", "SquaredDifference"],
  ...["Sub", "Xor"],
];

/** ONNX names of `ElementWiseUnary` operations, by number. */
const UNARY = [
  ...["Abs", "Asin", "Atan", "Ceil", "Cos", "Exp", "Floor", "Log", "Neg", "Not", "Reciprocal"],
  ...["Round", "Rsqrt", "Sign", "Sin", "Sqrt"],
];

/** ONNX names of `ElementWiseNeuron` operations, by number. */
const NEURON = [
  ...["Elu", "Gelu", "HardSigmoid", "HardSwish", "Relu", "Clip", "Sigmoid", "Softplus", "Tanh"],
];

/** Bounds that no float passes. */
const LOWEST = -3.4028234663852886e38;

/** Operators on elements: by number, and QNN's older names for one operation each. */
export const READ_ELEMENTWISE: Readonly<Record<string, ReadOperator>> = {
  Cast: readCast,
  Convert: readIdentity,
  Dequantize: readIdentity,
  Eltwise_Binary: readBinary,
  Eltwise_Unary: readUnary,
  ElementWiseBinary: readBinary,
  ElementWiseNeuron: readNeuron,
  ElementWiseSelect: (operator, reader) => emitPlain(operator, reader, { name: "Where", count: 3 }),
  ElementWiseUnary: readUnary,
  Gelu: (operator, reader) => emitActivation(operator, reader, "Gelu"),
  HardSwish: (operator, reader) => emitActivation(operator, reader, "HardSwish"),
  Prelu: (operator, reader) => emitPlain(operator, reader, { name: "PRelu", count: 2 }),
  Quantize: readIdentity,
  Relu: (operator, reader) => emitActivation(operator, reader, "Relu"),
  Relu6: (operator, reader) => emitClip(operator, reader, { min: 0, max: 6 }),
  ReluMinMax: (operator, reader) => {
    const min = reader.float(operator, "min_value");
    emitClip(operator, reader, { min, max: reader.float(operator, "max_value") });
  },
  Sigmoid: (operator, reader) => emitActivation(operator, reader, "Sigmoid"),
  Tanh: (operator, reader) => emitActivation(operator, reader, "Tanh"),
  ...namedOperations({
    Abs: "Abs",
    Add: "Add",
    And: "And",
    Asin: "Asin",
    Atan: "Atan",
    Ceil: "Ceil",
    Cos: "Cos",
    Divide: "Div",
    Equal: "Equal",
    Exp: "Exp",
    Floor: "Floor",
    FloorDiv: "FloorDiv",
    Greater: "Greater",
    GreaterEqual: "GreaterOrEqual",
    Less: "Less",
    LessEqual: "LessOrEqual",
    Log: "Log",
    Maximum: "Max",
    Minimum: "Min",
    Multiply: "Mul",
    Neg: "Neg",
    Not: "Not",
    NotEqual: "NotEqual",
    Or: "Or",
    Power: "Pow",
    Round: "Round",
    Rsqrt: "Rsqrt",
    Sign: "Sign",
    Sin: "Sin",
    SquareRoot: "Sqrt",
    SquaredDifference: "SquaredDifference",
    Subtract: "Sub",
    Xor: "Xor",
  }),
};

/** Operators on elements. */
export const WRITE_ELEMENTWISE: Readonly<Record<string, WriteOperator>> = {
  ...Object.fromEntries(BINARY.map((name): [string, WriteOperator] => [name, writeBinary])),
  ...Object.fromEntries(UNARY.map((name): [string, WriteOperator] => [name, writeUnary])),
  ...Object.fromEntries(NEURON.map((name): [string, WriteOperator] => [name, writeNeuron])),
  Cast: () => ({ type: "Cast" }),
  Clip: writeClip,
  Identity: writeIdentity,
  PRelu: () => ({ type: "Prelu" }),
  Relu: () => ({ type: "Relu" }),
  Sigmoid: () => ({ type: "Sigmoid" }),
  Tanh: () => ({ type: "Tanh" }),
  Where: () => ({ type: "ElementWiseSelect" }),
};

function namedOperations(names: Readonly<Record<string, string>>): Record<string, ReadOperator> {
  return Object.fromEntries(
    Object.entries(names).map(([qnn, onnx]): [string, ReadOperator] => [
      `ElementWise${qnn}`,
      (operator, reader) =>
        UNARY.includes(onnx)
          ? emitUnary(operator, reader, onnx)
          : emitBinary(operator, reader, onnx),
    ]),
  );
}

/** The operation's name by the number in attribute `operation`. */
function operationOf(
  operator: DlcOperator,
  reader: OperatorReader,
  names: readonly string[],
): string {
  const value = reader.integer(operator, "operation");
  const name = names[value];
  if (name !== undefined) return name;
  throw unknownSetting(operator, "operation", { value, works: `0 to ${names.length - 1}` });
}

function emitPlain(
  operator: DlcOperator,
  reader: OperatorReader,
  { name, count, attributes = {} }: {
    name: string;
    count: number;
    attributes?: Readonly<Record<string, Attribute>>;
  },
): void {
  reader.graph.emit(operator.name, {
    operator: name,
    inputs: Array.from({ length: count }, (_, i) => reader.input(operator, i)),
    outputs: [reader.output(operator)],
    attributes,
  });
}

/** A copy, or the step from one grid to another. */
function writeIdentity(node: Node, { activations }: NormalGraph): OperatorDraft {
  const from = activations.get(inputOf(node, 0));
  const to = activations.get(outputOf(node));
  return { type: sameGrid(from, to) ? "Reshape" : "Convert" };
}

function readIdentity(operator: DlcOperator, reader: OperatorReader): void {
  emitPlain(operator, reader, { name: "Identity", count: 1 });
}

function readCast(operator: DlcOperator, reader: OperatorReader): void {
  const dtype = reader.graph.types.get(reader.output(operator)) ?? "float32";
  const to = attribute.int(onnxCodeOfDataType(dtype));
  emitPlain(operator, reader, { name: "Cast", count: 1, attributes: { to } });
}

function readBinary(operator: DlcOperator, reader: OperatorReader): void {
  emitBinary(operator, reader, operationOf(operator, reader, BINARY));
}

/** Two operations in a row. */
function emitSteps(
  operator: DlcOperator,
  reader: OperatorReader,
  { count, steps: [first, second] }: { count: number; steps: readonly [string, string] },
): void {
  const output = reader.output(operator);
  const between = reader.graph.intermediate(`${output}.${first}`, reader.shape(operator, output));
  const inputs = Array.from({ length: count }, (_, i) => reader.input(operator, i));
  const { name } = operator;
  reader.graph.emit(name, { operator: first, inputs, outputs: [between] }, `.${first}`);
  const operands = second === "Mul" ? [between, between] : [between];
  reader.graph.emit(name, { operator: second, inputs: operands, outputs: [output] });
}

function emitBinary(operator: DlcOperator, reader: OperatorReader, name: string): void {
  switch (name) {
    case "FloorDiv":
      return emitSteps(operator, reader, { count: 2, steps: ["Div", "Floor"] });
    case "NotEqual":
      return emitSteps(operator, reader, { count: 2, steps: ["Equal", "Not"] });
    case "SquaredDifference":
      return emitSteps(operator, reader, { count: 2, steps: ["Sub", "Mul"] });
    case "Fmod":
    case "Mod": {
      const attributes = { fmod: attribute.int(name === "Fmod" ? 1 : 0) };
      return emitPlain(operator, reader, { name: "Mod", count: 2, attributes });
    }
    default:
      return emitPlain(operator, reader, { name, count: 2 });
  }
}

function readUnary(operator: DlcOperator, reader: OperatorReader): void {
  emitUnary(operator, reader, operationOf(operator, reader, UNARY));
}

function emitUnary(operator: DlcOperator, reader: OperatorReader, name: string): void {
  if (name === "Rsqrt") {
    return emitSteps(operator, reader, { count: 1, steps: ["Sqrt", "Reciprocal"] });
  }
  emitPlain(operator, reader, { name, count: 1 });
}

function readNeuron(operator: DlcOperator, reader: OperatorReader): void {
  emitActivation(operator, reader, operationOf(operator, reader, NEURON));
}

function emitActivation(operator: DlcOperator, reader: OperatorReader, name: string): void {
  const number = (key: string, fallback: number) =>
    attribute.float(reader.float(operator, key, fallback));
  switch (name) {
    case "Clip":
      return emitClip(operator, reader, {
        min: reader.float(operator, NEURON_BOUNDS.min),
        max: reader.float(operator, NEURON_BOUNDS.max),
      });
    case "Elu":
      return emitPlain(operator, reader, {
        name,
        count: 1,
        attributes: { alpha: number("alpha", 1) },
      });
    case "HardSigmoid":
      return emitPlain(operator, reader, {
        name,
        count: 1,
        attributes: { alpha: number("alpha", 0.2), beta: number("beta", 0.5) },
      });
    case "Softplus": {
      const beta = reader.float(operator, "beta", 1);
      if (beta !== 1) throw operatorError(operator, `its beta is ${beta}`, "1");
      return emitPlain(operator, reader, { name, count: 1 });
    }
    default:
      return emitPlain(operator, reader, { name, count: 1 });
  }
}

function emitClip(
  operator: DlcOperator,
  reader: OperatorReader,
  { min, max }: { min: number; max: number },
): void {
  const attributes = {
    ...(min <= LOWEST ? {} : { min: attribute.float(min) }),
    ...(max >= -LOWEST ? {} : { max: attribute.float(max) }),
  };
  emitPlain(operator, reader, { name: "Clip", count: 1, attributes });
}

function writeBinary(node: Node): OperatorDraft {
  const name = node.operator === "Mod" && intAttribute(node, "fmod", 0) !== 0
    ? "Fmod"
    : node.operator;
  return { type: BINARY_TYPE, parameters: [parameter.uint("operation", BINARY.indexOf(name))] };
}

function writeUnary(node: Node): OperatorDraft {
  const operation = UNARY.indexOf(node.operator);
  return { type: UNARY_TYPE, parameters: [parameter.uint("operation", operation)] };
}

function writeNeuron(node: Node): OperatorDraft {
  const numbers = ["alpha", "beta"].filter((name) => node.attributes[name] !== undefined);
  return {
    type: "ElementWiseNeuron",
    parameters: [
      ...numbers.map((name) => parameter.float(name, floatAttribute(node, name, 0))),
      parameter.uint("operation", NEURON.indexOf(node.operator)),
    ],
  };
}

function writeClip(node: Node): OperatorDraft {
  return {
    type: "ReluMinMax",
    inputs: [inputOf(node, 0)],
    parameters: [
      parameter.float("max_value", floatAttribute(node, "max", -LOWEST)),
      parameter.float("min_value", floatAttribute(node, "min", LOWEST)),
    ],
  };
}
