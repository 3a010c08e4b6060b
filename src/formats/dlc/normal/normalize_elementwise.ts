import {
  floatAttribute,
  intAttribute,
  type Node,
  onnxCodeOfDataType,
  stringAttribute,
} from "../../../graph/mod.ts";
import { viewTensor } from "../../../tensor/mod.ts";
import { broadcastShape, Composer } from "./composer.ts";
import { composeTanhGelu } from "./normalize_functions.ts";
import { attribute, inputOf, outputOf } from "./normal_graph.ts";
import {
  emitReshape,
  ends,
  keep,
  type NormalizeNode,
  type Normalizer,
  unsupported,
} from "./normalizer.ts";

/** Operators on elements, with or without broadcasting. */
export const NORMALIZE_ELEMENTWISE: Readonly<Record<string, NormalizeNode>> = {
  ...plainOperators([
    ...["Relu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Abs", "Asin", "Atan", "Ceil", "Cos"],
    ...["Exp", "Floor", "Log", "Neg", "Not", "Reciprocal", "Round", "Sign", "Sin", "Sqrt"],
    ...["Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Mul"],
    ...["Or", "Sub", "Xor", "Where", "PRelu"],
  ]),
  Cast: (node, normalizer) =>
    keep(normalizer, node, { to: attribute.int(intAttribute(node, "to", 1)) }),
  Clip: normalizeClip,
  Dropout: normalizeIdentity,
  Elu: (node, normalizer) =>
    keep(normalizer, node, { alpha: attribute.float(floatAttribute(node, "alpha", 1)) }),
  Gelu: normalizeGelu,
  HardSigmoid: (node, normalizer) =>
    keep(normalizer, node, {
      alpha: attribute.float(floatAttribute(node, "alpha", 0.2)),
      beta: attribute.float(floatAttribute(node, "beta", 0.5)),
    }),
  Identity: normalizeIdentity,
  LeakyRelu: normalizeLeakyRelu,
  Max: (node, normalizer) => normalizeVariadic(node, normalizer, "Max"),
  Min: (node, normalizer) => normalizeVariadic(node, normalizer, "Min"),
  Mod: (node, normalizer) =>
    keep(normalizer, node, { fmod: attribute.int(intAttribute(node, "fmod", 0)) }),
  Pow: normalizePow,
  Sum: (node, normalizer) => normalizeVariadic(node, normalizer, "Add"),
};

function plainOperators(operators: readonly string[]): Record<string, NormalizeNode> {
  const normalize: NormalizeNode = (node, normalizer) => keep(normalizer, node);
  return Object.fromEntries(operators.map((operator) => [operator, normalize]));
}

function normalizeClip(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const min = normalizer.numbers(node, 1)?.[0];
  const max = normalizer.numbers(node, 2)?.[0];
  const attributes = {
    ...(min === undefined ? {} : { min: attribute.float(min) }),
    ...(max === undefined ? {} : { max: attribute.float(max) }),
  };
  normalizer.emit(node, { operator: "Clip", inputs: [input], outputs: [output], attributes });
}

function normalizeGelu(node: Node, normalizer: Normalizer): void {
  const approximate = stringAttribute(node, "approximate", "none");
  if (approximate !== "tanh") return keep(normalizer, node);
  const composer = new Composer(node, normalizer);
  composer.finish(composeTanhGelu(composer.input(0), composer));
}

function normalizeIdentity(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  if ((node.outputs[1] ?? "") !== "") throw unsupported(node, "its mask is read", "no mask");
  emitReshape(normalizer, node, { from: input, to: output });
}

/** The exponent gets the type of the base, as QNN has one type for both. */
function normalizePow(node: Node, normalizer: Normalizer): void {
  const [base, exponent] = [inputOf(node, 0), inputOf(node, 1)];
  const dtype = normalizer.type(base);
  if (normalizer.type(exponent) === dtype) return keep(normalizer, node);
  const composer = new Composer(node, normalizer);
  const power = normalizer.isConstant(exponent)
    ? composer.derive(exponent, `.${dtype}`, (constant) => ({
      ...constant,
      data: viewTensor(constant.data, { kind: "cast", dtype }),
    }))
    : composer.apply("Cast", [composer.operand(exponent)], {
      to: attribute.int(onnxCodeOfDataType(dtype)),
    });
  composer.finish(composer.apply("Pow", [composer.operand(base), power]));
}

/** LeakyRelu is PRelu with one slope. */
function normalizeLeakyRelu(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const slope = Float32Array.of(floatAttribute(node, "alpha", 0.01));
  const name = normalizer.constant(`${node.name}.slope`, {
    dtype: "float32",
    shape: [1],
    data: slope,
  });
  normalizer.emit(node, { operator: "PRelu", inputs: [input, name], outputs: [output] });
}

/** More than two operands become a chain of pairs, from left to right, as ONNX Runtime adds them. */
function normalizeVariadic(
  node: Node,
  normalizer: Normalizer,
  operator: string,
): void {
  const output = outputOf(node);
  const [, ...others] = node.inputs;
  let left = inputOf(node, 0);
  if (others.length === 0) return emitReshape(normalizer, node, { from: left, to: output });
  others.forEach((right, i) => {
    const last = i === others.length - 1;
    const shape = broadcastShape(normalizer.shape(left), normalizer.shape(right));
    const result = last ? output : normalizer.intermediate(`${output}.${i}`, output, shape);
    normalizer.emit(
      node,
      { operator, inputs: [left, right], outputs: [result] },
      last ? "" : `.${i}`,
    );
    left = result;
  });
}
