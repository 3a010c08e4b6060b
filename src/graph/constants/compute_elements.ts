import { countElements, type DenseTensor } from "../../tensor/mod.ts";
import { intAttribute, tensorAttribute } from "../attributes.ts";
import { reducedAxes } from "../operators/reduction.ts";
import { fromNumbers, toExactNumbers } from "./constant_values.ts";
import type { ConstantCall, ConstantOperator } from "./constant_operator.ts";
import { heldTensor } from "./model_constants.ts";
import { broadcastIndices, elementStrides, stridedIndices } from "./move_elements.ts";

/** The numbers as one tensor of the type the first output has. */
function outputOf(
  call: ConstantCall,
  numbers: ArrayLike<number>,
): readonly DenseTensor[] | undefined {
  const type = call.outputs[0];
  const tensor = type === undefined ? undefined : fromNumbers(numbers, type);
  return tensor && [tensor];
}

/** All inputs as exact numbers; `undefined` if one is left out or too large. */
function exactInputs(call: ConstantCall): readonly (readonly number[])[] | undefined {
  const inputs: (readonly number[])[] = [];
  for (const constant of call.constants) {
    const numbers = constant === undefined ? undefined : toExactNumbers(constant);
    if (numbers === undefined) return undefined;
    inputs.push(numbers);
  }
  return inputs;
}

function unary(compute: (value: number) => number): ConstantOperator {
  return (call) => {
    const [numbers] = exactInputs(call) ?? [];
    return numbers && outputOf(call, numbers.map(compute));
  };
}

function isInteger(call: ConstantCall): boolean {
  const dtype = call.inputs[0]?.dtype ?? "";
  return dtype.startsWith("int") || dtype.startsWith("uint");
}

/** Combines the broadcast inputs from left to right. */
function combining(compute: (a: number, b: number) => number): ConstantOperator {
  return (call) => {
    const shape = call.outputs[0]?.shape ?? [];
    const inputs = exactInputs(call);
    let result: number[] | undefined;
    for (const [index, numbers] of inputs?.entries() ?? []) {
      const indices = broadcastIndices(call.inputs[index]?.shape ?? [], shape);
      const spread = Array.from(indices, (i) => numbers[i] ?? 0);
      result = result?.map((value, i) => compute(value, spread[i] ?? 0)) ?? spread;
    }
    return result && outputOf(call, result);
  };
}

/** Integers divide toward zero. */
function divide(call: ConstantCall): readonly DenseTensor[] | undefined {
  if (isInteger(call)) return combining((a, b) => Math.trunc(a / b))(call);
  return combining((a, b) => a / b)(call);
}

/** The sign of the divisor for integers, of the dividend with `fmod`. */
function modulo(call: ConstantCall): readonly DenseTensor[] | undefined {
  if (intAttribute(call.node, "fmod", 0) !== 0) return combining((a, b) => a % b)(call);
  return combining((a, b) => a - Math.floor(a / b) * b)(call);
}

/** Ties go to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function cast(call: ConstantCall): readonly DenseTensor[] | undefined {
  const source = call.constants[0];
  if (source !== undefined && source.dtype === call.outputs[0]?.dtype) return [source];
  const numbers = source === undefined ? undefined : toExactNumbers(source);
  return numbers && outputOf(call, numbers);
}

function range(call: ConstantCall): readonly DenseTensor[] | undefined {
  const [[start = 0] = [], , [delta = 0] = []] = exactInputs(call) ?? [];
  const count = countElements(call.outputs[0]?.shape ?? []);
  return outputOf(call, Array.from({ length: count }, (_, i) => start + i * delta));
}

function constantOfShape(call: ConstantCall): readonly DenseTensor[] | undefined {
  const value = tensorAttribute(call.node, "value");
  const held = value === undefined ? undefined : heldTensor(value);
  if (value !== undefined && held === undefined) return undefined;
  const [number = 0] = held === undefined ? [0] : toExactNumbers(held) ?? [];
  const count = countElements(call.outputs[0]?.shape ?? []);
  return outputOf(call, new Array<number>(count).fill(number));
}

function reducing(
  compute: (a: number, b: number) => number,
  finish: (value: number, count: number) => number = (value) => value,
): ConstantOperator {
  return (call) => {
    const source = call.constants[0];
    const numbers = source === undefined ? undefined : toExactNumbers(source);
    if (source === undefined || numbers === undefined || numbers.length === 0) return undefined;
    const axes = reducedAxes(call);
    const kept = source.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent);
    const strides = elementStrides(kept).map((stride, axis) => axes.includes(axis) ? 0 : stride);
    const targets = stridedIndices(source.shape, { strides });
    const result = new Array<number | undefined>(countElements(kept)).fill(undefined);
    for (const [i, value] of numbers.entries()) {
      const at = targets[i] ?? 0;
      const sofar = result[at];
      result[at] = sofar === undefined ? value : compute(sofar, value);
    }
    const count = numbers.length / result.length;
    return outputOf(call, result.map((value) => finish(value ?? 0, count)));
  };
}

/** Operators that compute with the elements: shape arithmetic and small constants. */
export const COMPUTATION: Readonly<Record<string, ConstantOperator>> = {
  Abs: unary(Math.abs),
  Add: combining((a, b) => a + b),
  And: combining((a, b) => a * b),
  Cast: cast,
  CastLike: cast,
  Ceil: unary(Math.ceil),
  ConstantOfShape: constantOfShape,
  Div: divide,
  Equal: combining((a, b) => a === b ? 1 : 0),
  Floor: unary(Math.floor),
  Greater: combining((a, b) => a > b ? 1 : 0),
  GreaterOrEqual: combining((a, b) => a >= b ? 1 : 0),
  Less: combining((a, b) => a < b ? 1 : 0),
  LessOrEqual: combining((a, b) => a <= b ? 1 : 0),
  Max: combining(Math.max),
  Min: combining(Math.min),
  Mod: modulo,
  Mul: combining((a, b) => a * b),
  Neg: unary((value) => -value),
  Not: unary((value) => value === 0 ? 1 : 0),
  Or: combining(Math.max),
  Pow: combining((a, b) => a ** b),
  Range: range,
  Reciprocal: unary((value) => 1 / value),
  ReduceMax: reducing(Math.max),
  ReduceMean: reducing((a, b) => a + b, (sum, count) => sum / count),
  ReduceMin: reducing(Math.min),
  ReduceProd: reducing((a, b) => a * b),
  ReduceSum: reducing((a, b) => a + b),
  Round: unary(roundHalfEven),
  Sign: unary(Math.sign),
  Sqrt: unary(Math.sqrt),
  Sub: combining((a, b) => a - b),
  Sum: combining((a, b) => a + b),
  Xor: combining((a, b) => a === b ? 0 : 1),
};
