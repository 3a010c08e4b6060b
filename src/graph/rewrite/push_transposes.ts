import { countElements } from "../../tensor/mod.ts";
import { ELEMENTWISE } from "../operators/elementwise.ts";
import {
  pushAlongAxis,
  pushArgument,
  pushConcat,
  pushPad,
  pushReduce,
  pushSlice,
} from "./push_axes.ts";
import type { PushContext, PushedNode, PushRule } from "./push_context.ts";
import { pushAligned, pushUnary } from "./push_elementwise.ts";
import { pushReshape, pushResize, pushSqueeze } from "./push_shaping.ts";

/** Quantizing per tensor works on each element; along an axis it stays where it is. */
function pushQuantize(context: PushContext): PushedNode | undefined {
  return countElements(context.call.inputs[1]?.shape ?? []) === 1 ? pushUnary(context) : undefined;
}

/** Element-wise operators by how many data inputs they have. */
function elementwiseRules(): readonly (readonly [string, PushRule])[] {
  return Object.entries(ELEMENTWISE).flatMap(([name, { inputs }]): [string, PushRule][] => {
    if (name === "CumSum" || name === "CastLike") return [];
    const unary = inputs[1] === 1 || name === "Clip" || name === "Dropout";
    return [[name, unary ? pushUnary : pushAligned]];
  });
}

const REDUCTIONS = [
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSum",
  "ReduceLogSumExp",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceProd",
  "ReduceSum",
  "ReduceSumSquare",
];

const RULES: ReadonlyMap<string, PushRule> = new Map<string, PushRule>([
  ...elementwiseRules(),
  ...REDUCTIONS.map((name): [string, PushRule] => [name, pushReduce]),
  ["ArgMax", pushArgument],
  ["ArgMin", pushArgument],
  ["Concat", pushConcat],
  ["DequantizeLinear", pushQuantize],
  ["Flatten", pushReshape],
  ["Hardmax", pushAlongAxis(-1)],
  ["LogSoftmax", pushAlongAxis(-1)],
  ["LpNormalization", pushAlongAxis(-1)],
  ["Pad", pushPad],
  ["QuantizeLinear", pushQuantize],
  ["Reshape", pushReshape],
  ["Resize", pushResize],
  ["Slice", pushSlice],
  ["Softmax", pushAlongAxis(-1)],
  ["Split", pushAlongAxis(0)],
  ["Squeeze", pushSqueeze],
]);

/**
 * Moves the Transposes in front of a node behind it: the same node on the untransposed values, with
 * axes, pads and constants rearranged.
 *
 * @returns The node, or `undefined` if the operator or its inputs do not allow it.
 */
export function pushTransposes(context: PushContext): PushedNode | undefined {
  return RULES.get(context.call.node.operator)?.(context);
}
