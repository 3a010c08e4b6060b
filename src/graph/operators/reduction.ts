import { intAttribute } from "../attributes.ts";
import {
  axisAttribute,
  hasInput,
  inputType,
  normalizeAxes,
  settingIntegers,
} from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, OperatorTable, TensorType } from "./operator_schema.ts";

/**
 * The axes a Reduce operator runs over: those of input 1; without them all, or none with
 * `noop_with_empty_axes`.
 */
export function reducedAxes(call: OperatorCall): readonly number[] {
  const { shape } = inputType(call, 0);
  if (hasInput(call, 1)) {
    const axes = settingIntegers(call, { index: 1, what: "axes" });
    return normalizeAxes(call.node, { axes, rank: shape.length });
  }
  const none = intAttribute(call.node, "noop_with_empty_axes", 0) !== 0;
  return none ? [] : shape.map((_, axis) => axis);
}

function withoutAxes(
  call: OperatorCall,
  { shape, axes }: { readonly shape: readonly number[]; readonly axes: readonly number[] },
): readonly number[] {
  if (intAttribute(call.node, "keepdims", 1) !== 0) {
    return shape.map((dimension, axis) => axes.includes(axis) ? 1 : dimension);
  }
  return shape.filter((_, axis) => !axes.includes(axis));
}

const REDUCE: OperatorSchema = {
  inputs: [1, 2],
  attributes: ["keepdims", "noop_with_empty_axes"],
  settings: [1],
  infer: (call): readonly TensorType[] => {
    const { dtype, shape } = inputType(call, 0);
    return [{ dtype, shape: withoutAxes(call, { shape, axes: reducedAxes(call) }) }];
  },
};

const ARGUMENT: OperatorSchema = {
  inputs: [1, 1],
  attributes: ["axis", "keepdims", "select_last_index"],
  infer: (call): readonly TensorType[] => {
    const { shape } = inputType(call, 0);
    const axis = axisAttribute(call, { rank: shape.length, fallback: 0 });
    return [{ dtype: "int64", shape: withoutAxes(call, { shape, axes: [axis] }) }];
  },
};

/** Operators that combine all elements along axes. */
export const REDUCTION: OperatorTable = {
  ArgMax: ARGUMENT,
  ArgMin: ARGUMENT,
  ReduceL1: REDUCE,
  ReduceL2: REDUCE,
  ReduceLogSum: REDUCE,
  ReduceLogSumExp: REDUCE,
  ReduceMax: REDUCE,
  ReduceMean: REDUCE,
  ReduceMin: REDUCE,
  ReduceProd: REDUCE,
  ReduceSum: REDUCE,
  ReduceSumSquare: REDUCE,
};
