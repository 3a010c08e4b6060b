import type { Attribute } from "../model.ts";
import { intAttribute } from "../attributes.ts";
import { axisSlices } from "../operators/indexing.ts";
import { normalizeAxis } from "../operators/operator_call.ts";
import { reducedAxes } from "../operators/reduction.ts";
import { padAmounts } from "../operators/shaping.ts";
import { type Order, toInputOrder, withoutAxes } from "./permutation.ts";
import {
  firstForm,
  type PushContext,
  type PushedNode,
  type PushRule,
  replaceFirst,
} from "./push_context.ts";
import { pushAligned } from "./push_elementwise.ts";

/** The attribute `axis`, which is one of the old input, as one of the new input. */
function movedAxis(
  context: PushContext,
  { order, fallback }: { readonly order: Order; readonly fallback: number },
): { readonly axis: number; readonly attributes: Readonly<Record<string, Attribute>> } {
  const { node } = context.call;
  const stated = intAttribute(node, "axis", fallback);
  const axis = normalizeAxis(node, { axis: stated, rank: order.length });
  const value = order[axis] ?? axis;
  return { axis, attributes: { ...node.attributes, axis: { type: "int", value } } };
}

/** An operator along one axis that keeps the shape, or cuts along that axis. */
export function pushAlongAxis(fallback: number): PushRule {
  return (context) => {
    const { order } = firstForm(context);
    const { attributes } = movedAxis(context, { order, fallback });
    return { inputs: replaceFirst(context), attributes, order };
  };
}

/** Inputs of one rank joined along an axis. */
export function pushConcat(context: PushContext): PushedNode | undefined {
  const aligned = pushAligned(context);
  if (aligned === undefined) return undefined;
  const { attributes } = movedAxis(context, { order: aligned.order, fallback: 0 });
  return { ...aligned, attributes };
}

/** The index of an extreme along an axis. */
export function pushArgument(context: PushContext): PushedNode {
  const { order } = firstForm(context);
  const { axis, attributes } = movedAxis(context, { order, fallback: 0 });
  const kept = intAttribute(context.call.node, "keepdims", 1) !== 0;
  return {
    inputs: replaceFirst(context),
    attributes,
    order: kept ? order : withoutAxes(order, [axis]),
  };
}

/** A reduction along constant axes. */
export function pushReduce(context: PushContext): PushedNode | undefined {
  const { call } = context;
  const { order } = firstForm(context);
  const axes = reducedAxes(call);
  const kept = intAttribute(call.node, "keepdims", 1) !== 0;
  const [source = ""] = replaceFirst(context);
  const moved = axes.map((axis) => order[axis] ?? axis).toSorted((a, b) => a - b);
  const inputs = call.inputs[1] === undefined
    ? [source]
    : [source, context.addIntegers(call.node.inputs[1] ?? "", moved)];
  const { attributes } = call.node;
  return { inputs, attributes, order: kept ? order : withoutAxes(order, axes) };
}

/** Constant pads, beginnings first, for each axis. */
export function pushPad(context: PushContext): PushedNode {
  const { call } = context;
  const { order } = firstForm(context);
  const amounts = toInputOrder(padAmounts(call), order);
  const pads = [...amounts.map(([begin]) => begin), ...amounts.map(([, end]) => end)];
  const [source = ""] = replaceFirst(context);
  const moved = context.addIntegers(call.node.inputs[1] ?? "", pads);
  const fill = call.node.inputs[2] ?? "";
  const inputs = fill === "" ? [source, moved] : [source, moved, fill];
  return { inputs, attributes: call.node.attributes, order };
}

/** Constant bounds along named axes. */
export function pushSlice(context: PushContext): PushedNode {
  const { call } = context;
  const { order } = firstForm(context);
  const axes = axisSlices(call).map(({ axis }) => order[axis] ?? axis);
  const [source = "", starts = "", ends = "", named = "", steps = ""] = replaceFirst(context);
  const moved = context.addIntegers(named === "" ? `${call.node.name}.axes` : named, axes);
  const inputs = [source, starts, ends, moved];
  return {
    inputs: steps === "" ? inputs : [...inputs, steps],
    attributes: call.node.attributes,
    order,
  };
}
