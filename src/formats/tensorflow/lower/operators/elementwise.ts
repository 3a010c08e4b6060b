import { onnxCodeOfDataType } from "../../../../graph/mod.ts";
import { unsupportedNode } from "../../unsupported_node.ts";
import { float, int } from "../attributes.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorRule, OperatorTable } from "../operator_rule.ts";

/** An operator that ONNX has as well, with as many inputs. */
function same(operator: string): OperatorRule {
  return (node) => node.finish(operator, node.inputs);
}

/** Several ONNX operators on one input, one after the other. */
function chain(...operators: readonly [string, ...string[]]): OperatorRule {
  return async (node) => {
    let value = node.input(0);
    for (const operator of operators.slice(0, -1)) value = await node.emit(operator, [value]);
    return await node.finish(operators.at(-1) ?? "", [value]);
  };
}

function withAlpha(operator: string, fallback: number): OperatorRule {
  return (node) =>
    node.finish(operator, [node.input(0)], { alpha: float(node.float("alpha", fallback)) });
}

function isInteger(node: NodeLowering): boolean {
  return !node.type().dtype.includes("float");
}

async function relu6(node: NodeLowering): Promise<string> {
  const bounds = [node.addScalar("min", 0), node.addScalar("max", 6)];
  return await node.finish("Clip", [node.input(0), ...bounds]);
}

async function clip(node: NodeLowering): Promise<string> {
  const [low, high] = [node.input(1), node.input(2)];
  if ([low, high].every((name) => node.type(name).shape.length === 0)) {
    return await node.finish("Clip", [node.input(0), low, high]);
  }
  const above = await node.emit("Max", [node.input(0), low]);
  return await node.finish("Min", [above, high]);
}

/** Rounds down; ONNX divides integers toward zero. */
async function divideFloor(node: NodeLowering): Promise<string> {
  const [a, b] = [node.input(0), node.input(1)];
  if (!isInteger(node)) return await node.finish("Floor", [await node.emit("Div", [a, b])]);
  const rest = await node.emit("Mod", [a, b]);
  return await node.finish("Div", [await node.emit("Sub", [a, rest]), b]);
}

/** The remainder has the sign of the divisor. */
async function modulo(node: NodeLowering): Promise<string> {
  const [a, b] = [node.input(0), node.input(1)];
  if (isInteger(node)) return await node.finish("Mod", [a, b]);
  const whole = await node.emit("Floor", [await node.emit("Div", [a, b])]);
  return await node.finish("Sub", [a, await node.emit("Mul", [whole, b])]);
}

/** The remainder has the sign of the dividend. */
async function remainder(node: NodeLowering): Promise<string> {
  return await node.finish("Mod", [node.input(0), node.input(1)], { fmod: int(1) });
}

async function squareDifference(node: NodeLowering): Promise<string> {
  const difference = await node.emit("Sub", [node.input(0), node.input(1)]);
  return await node.finish("Mul", [difference, difference]);
}

/** 0 where the denominator is 0. */
async function divideNoNan(node: NodeLowering): Promise<string> {
  const [a, b] = [node.input(0), node.input(1)];
  const zero = node.addScalar("zero", 0);
  const isZero = await node.emit("Equal", [b, zero]);
  const safe = await node.emit("Where", [isZero, node.addScalar("one", 1), b]);
  return await node.finish("Where", [isZero, zero, await node.emit("Div", [a, safe])]);
}

/** 0 where the first operand is 0, whatever the second one is. */
function unlessZero(combine: (node: NodeLowering) => Promise<string>): OperatorRule {
  return async (node) => {
    const zero = node.addScalar("zero", 0);
    const isZero = await node.emit("Equal", [node.input(0), zero]);
    return await node.finish("Where", [isZero, zero, await combine(node)]);
  };
}

async function quotient(node: NodeLowering): Promise<string> {
  return await node.emit("Div", [node.input(0), node.input(1)]);
}

async function productWithLog(node: NodeLowering): Promise<string> {
  return await node.emit("Mul", [node.input(0), await node.emit("Log", [node.input(1)])]);
}

/** Largest numbers by type. */
const LARGEST: ReadonlyMap<string, number> = new Map([
  ["float16", 65504],
  ["float32", 3.4028234663852886e38],
]);

/** Neither infinite nor no number: no comparison holds for those. */
async function isFinite(node: NodeLowering): Promise<string> {
  const largest = node.addScalar("largest", LARGEST.get(node.type().dtype) ?? Number.MAX_VALUE);
  return await node.finish("LessOrEqual", [await node.emit("Abs", [node.input(0)]), largest]);
}

async function isNotANumber(node: NodeLowering): Promise<string> {
  return await node.finish("Not", [await node.emit("Equal", [node.input(0), node.input(0)])]);
}

/** A bias for each channel: the last axis, or the second one with NCHW. */
async function addBias(node: NodeLowering): Promise<string> {
  const [value, bias] = [node.input(0), node.input(1)];
  const rank = node.shape(0).length;
  if (node.text("data_format", "NHWC") !== "NCHW" || rank < 3) {
    return await node.finish("Add", [value, bias]);
  }
  const column = [...node.shape(1), ...new Array<number>(rank - 2).fill(1)];
  return await node.finish("Add", [value, await node.reshape(bias, column)]);
}

async function cast(node: NodeLowering): Promise<string> {
  const to = node.dataType("DstT", node.type().dtype);
  return await node.finish("Cast", [node.input(0)], { to: int(onnxCodeOfDataType(to)) });
}

/** A condition with one element for each entry of the first axis chooses whole entries. */
async function select(node: NodeLowering): Promise<string> {
  const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
  const rank = node.shape(1).length;
  const choice = node.shape(0);
  if (node.operator !== "Select" || choice.length !== 1 || rank < 2) {
    return await node.finish("Where", [condition, a, b]);
  }
  const column = [...choice, ...new Array<number>(rank - 1).fill(1)];
  return await node.finish("Where", [await node.reshape(condition, column), a, b]);
}

async function addAll(node: NodeLowering): Promise<string> {
  return await node.finish("Sum", node.inputs);
}

async function softmax(node: NodeLowering): Promise<string> {
  return await node.finish(node.operator, [node.input(0)], { axis: int(-1) });
}

async function gelu(node: NodeLowering): Promise<string> {
  const approximate = node.bool("approximate", true) ? "tanh" : "none";
  return await node.finish("Gelu", [node.input(0)], {
    approximate: { type: "string", value: approximate },
  });
}

async function exponentLessOne(node: NodeLowering): Promise<string> {
  return await node.finish("Sub", [
    await node.emit("Exp", [node.input(0)]),
    node.addScalar("one", 1),
  ]);
}

async function logOfOneMore(node: NodeLowering): Promise<string> {
  return await node.finish("Log", [
    await node.emit("Add", [node.input(0), node.addScalar("one", 1)]),
  ]);
}

async function complementOfErf(node: NodeLowering): Promise<string> {
  return await node.finish("Sub", [
    node.addScalar("one", 1),
    await node.emit("Erf", [node.input(0)]),
  ]);
}

async function compareUnequal(node: NodeLowering): Promise<string> {
  return await node.finish("Not", [await node.emit("Equal", [node.input(0), node.input(1)])]);
}

async function compareEqual(node: NodeLowering): Promise<string> {
  if (!node.bool("incompatible_shape_error", true)) {
    const [a, b] = [node.shape(0), node.shape(1)];
    const fits = a.length === 0 || b.length === 0 || `${a}` === `${b}`;
    if (!fits) throw unsupportedNode(node, "it compares tensors of shapes that need not fit");
  }
  return await node.finish("Equal", [node.input(0), node.input(1)]);
}

/** Operators that work on each element. */
export const ELEMENTWISE: OperatorTable = {
  Abs: same("Abs"),
  Acos: same("Acos"),
  Acosh: same("Acosh"),
  Add: same("Add"),
  AddN: addAll,
  AddV2: same("Add"),
  Asin: same("Asin"),
  Asinh: same("Asinh"),
  Atan: same("Atan"),
  Atanh: same("Atanh"),
  BiasAdd: addBias,
  BiasAddV1: addBias,
  Cast: cast,
  Ceil: same("Ceil"),
  ClipByValue: clip,
  Cos: same("Cos"),
  Cosh: same("Cosh"),
  Div: same("Div"),
  DivNoNan: divideNoNan,
  Elu: chain("Elu"),
  Equal: compareEqual,
  Erf: same("Erf"),
  Erfc: complementOfErf,
  Exp: same("Exp"),
  Expm1: exponentLessOne,
  Floor: same("Floor"),
  FloorDiv: divideFloor,
  FloorMod: modulo,
  Gelu: gelu,
  Greater: same("Greater"),
  GreaterEqual: same("GreaterOrEqual"),
  Inv: same("Reciprocal"),
  IsFinite: isFinite,
  IsNan: isNotANumber,
  LeakyRelu: withAlpha("LeakyRelu", 0.2),
  Less: same("Less"),
  LessEqual: same("LessOrEqual"),
  Log: same("Log"),
  Log1p: logOfOneMore,
  LogSoftmax: softmax,
  LogicalAnd: same("And"),
  LogicalNot: same("Not"),
  LogicalOr: same("Or"),
  Maximum: same("Max"),
  Minimum: same("Min"),
  Mod: remainder,
  Mul: same("Mul"),
  Neg: same("Neg"),
  NotEqual: compareUnequal,
  Pow: same("Pow"),
  RealDiv: same("Div"),
  Reciprocal: same("Reciprocal"),
  Relu: same("Relu"),
  Relu6: relu6,
  Rint: same("Round"),
  Round: same("Round"),
  Rsqrt: chain("Sqrt", "Reciprocal"),
  Select: select,
  SelectV2: select,
  Selu: same("Selu"),
  Sigmoid: same("Sigmoid"),
  Sign: same("Sign"),
  Sin: same("Sin"),
  Sinh: same("Sinh"),
  Softmax: softmax,
  Softplus: same("Softplus"),
  Softsign: same("Softsign"),
  Sqrt: same("Sqrt"),
  Square: (node) => node.finish("Mul", [node.input(0), node.input(0)]),
  SquaredDifference: squareDifference,
  Sub: same("Sub"),
  Tan: same("Tan"),
  Tanh: same("Tanh"),
  TruncateDiv: same("Div"),
  TruncateMod: remainder,
  Xdivy: unlessZero(quotient),
  Xlogy: unlessZero(productWithLog),
};
