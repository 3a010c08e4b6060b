import {
  countElements,
  referenceDense,
  type TensorReference,
  viewTensor,
} from "../../tensor/mod.ts";
import type { Attribute } from "../model.ts";
import { intAttribute, intsAttribute } from "../attributes.ts";
import { ELEMENTWISE } from "../operators/elementwise.ts";
import { axisSlices } from "../operators/indexing.ts";
import { normalizeAxis } from "../operators/operator_call.ts";
import type { OperatorCall } from "../operators/operator_schema.ts";
import { reducedAxes } from "../operators/reduction.ts";
import { padAmounts } from "../operators/shaping.ts";
import {
  composeOrders,
  invertOrder,
  isIdentityOrder,
  keepsElements,
  type Order,
  toInputOrder,
  withoutAxes,
} from "./permutation.ts";

/** A value seen as the Transpose of another one. */
export interface Transposed {
  /** The other value. */
  readonly source: string;
  /** The order; the identity if both are the same. */
  readonly order: Order;
}

/** What {@linkcode pushTransposes} needs from the rewrite around it. */
export interface PushContext {
  /** The node with the types of its inputs as they are in the model. */
  readonly call: OperatorCall;
  /** Shapes of its outputs. */
  readonly outputShapes: readonly (readonly number[])[];
  /** Its inputs; `undefined` for constants and those left out. */
  readonly forms: readonly (Transposed | undefined)[];
  /** The constant behind an input. */
  readonly constant: (index: number) => TensorReference | undefined;
  /** Puts a Transpose in front and returns the name of its output. */
  readonly transpose: (source: string, order: Order) => string;
  /** Adds a constant and returns its name. */
  readonly addConstant: (wish: string, reference: TensorReference) => string;
  /** Adds a constant of integers and returns its name. */
  readonly addIntegers: (wish: string, integers: readonly number[]) => string;
}

/** A node that works on the untransposed values, and how its outputs are transposed then. */
export interface PushedNode {
  /** Inputs of the new node. */
  readonly inputs: readonly string[];
  /** Its attributes. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Its operator, if that changes. */
  readonly operator?: string;
  /** Each old output is the new one in this order. */
  readonly order: Order;
}

type Push = (context: PushContext) => PushedNode | undefined;

function firstForm({ forms }: PushContext): Transposed {
  return forms[0] ?? { source: "", order: [] };
}

function replaceFirst({ call, forms }: PushContext): readonly string[] {
  return call.node.inputs.with(0, forms[0]?.source ?? "");
}

/** One data input; all others are settings without axes. */
function pushUnary(context: PushContext): PushedNode {
  const { attributes } = context.call.node;
  return { inputs: replaceFirst(context), attributes, order: firstForm(context).order };
}

/** The most frequent order among the inputs that are transposed. */
function prevailingOrder(forms: readonly (Transposed | undefined)[]): Order | undefined {
  const counts = new Map<string, { readonly order: Order; count: number }>();
  for (const form of forms) {
    if (form === undefined) continue;
    const entry = counts.get(form.order.join()) ?? { order: form.order, count: 0 };
    entry.count++;
    counts.set(form.order.join(), entry);
  }
  const transposed = [...counts.values()].filter(({ order }) => !isIdentityOrder(order));
  const best = transposed.toSorted((a, b) => b.count - a.count)[0];
  const total = forms.filter((form) => form !== undefined).length;
  return best !== undefined && 2 * best.count >= total ? best.order : undefined;
}

/** A constant as it must be for the untransposed node, broadcasting included. */
function untransposeConstant(
  context: PushContext,
  { index, order }: { readonly index: number; readonly order: Order },
): string | undefined {
  const reference = context.constant(index);
  const name = context.call.node.inputs[index] ?? "";
  if (reference === undefined) return undefined;
  const { shape } = reference;
  if (countElements(shape) === 1) return name;
  if (shape.length > order.length) return undefined;
  const full = [...new Array<number>(order.length - shape.length).fill(1), ...shape];
  const spread = full.length === shape.length
    ? reference
    : viewTensor(reference, { kind: "reshape", shape: full });
  const inverse = invertOrder(order);
  const moved = keepsElements(inverse, full)
    ? viewTensor(spread, { kind: "reshape", shape: inverse.map((axis) => full[axis] ?? 1) })
    : viewTensor(spread, { kind: "permute", order: inverse });
  return context.addConstant(name, moved);
}

/** Several data inputs that broadcast or at least have one rank. */
function pushAligned(context: PushContext): PushedNode | undefined {
  const { call, forms, outputShapes } = context;
  const order = prevailingOrder(forms);
  if (order === undefined || outputShapes[0]?.length !== order.length) return undefined;
  const inputs: string[] = [];
  for (const [index, name] of call.node.inputs.entries()) {
    const form = forms[index];
    const shape = call.inputs[index]?.shape ?? [];
    if (name === "") inputs.push("");
    else if (form === undefined) {
      const moved = untransposeConstant(context, { index, order });
      if (moved === undefined) return undefined;
      inputs.push(moved);
    } else if (countElements(shape) === 1 && isIdentityOrder(form.order)) {
      inputs.push(form.source);
    } else if (shape.length !== order.length) return undefined;
    else {
      const rest = composeOrders(form.order, invertOrder(order));
      inputs.push(isIdentityOrder(rest) ? form.source : context.transpose(form.source, rest));
    }
  }
  return { inputs, attributes: call.node.attributes, order };
}

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
function pushAlongAxis(fallback: number): Push {
  return (context) => {
    const { order } = firstForm(context);
    const { attributes } = movedAxis(context, { order, fallback });
    return { inputs: replaceFirst(context), attributes, order };
  };
}

function pushConcat(context: PushContext): PushedNode | undefined {
  const aligned = pushAligned(context);
  if (aligned === undefined) return undefined;
  const { attributes } = movedAxis(context, { order: aligned.order, fallback: 0 });
  return { ...aligned, attributes };
}

function pushArgument(context: PushContext): PushedNode {
  const { order } = firstForm(context);
  const { axis, attributes } = movedAxis(context, { order, fallback: 0 });
  const kept = intAttribute(context.call.node, "keepdims", 1) !== 0;
  return {
    inputs: replaceFirst(context),
    attributes,
    order: kept ? order : withoutAxes(order, [axis]),
  };
}

function pushReduce(context: PushContext): PushedNode | undefined {
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

function pushPad(context: PushContext): PushedNode {
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

function pushSlice(context: PushContext): PushedNode {
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

/** An operator that only looks at the order of elements, if that stays. */
function pushReshape(context: PushContext): PushedNode | undefined {
  const { call, outputShapes: [shape = []] } = context;
  const { source, order } = firstForm(context);
  const inputShape = toInputOrder(call.inputs[0]?.shape ?? [], order);
  if (!keepsElements(order, inputShape) || shape.includes(0)) return undefined;
  return {
    operator: "Reshape",
    inputs: [source, context.addIntegers(`${call.node.name}.shape`, shape)],
    attributes: {},
    order: shape.map((_, axis) => axis),
  };
}

function pushSqueeze(context: PushContext): PushedNode | undefined {
  const { call, outputShapes: [shape = []] } = context;
  const { order } = firstForm(context);
  const input = call.inputs[0]?.shape ?? [];
  const axes = call.constants[1] === undefined
    ? input.flatMap((extent, axis) => extent === 1 ? [axis] : [])
    : Array.from(call.constants[1].data, Number).map((axis) =>
      axis < 0 ? axis + input.length : axis
    );
  const rest = withoutAxes(order, axes);
  if (rest.length !== shape.length) return undefined;
  const moved = axes.map((axis) => order[axis] ?? axis).toSorted((a, b) => a - b);
  const [source = ""] = replaceFirst(context);
  const inputs = [source, context.addIntegers(`${call.node.name}.axes`, moved)];
  return { inputs, attributes: {}, order: rest };
}

/** Scales or sizes are given for each axis; regions of interest and chosen axes are not moved. */
function pushResize(context: PushContext): PushedNode | undefined {
  const { call } = context;
  const { order } = firstForm(context);
  const { node } = call;
  const crops = node.attributes["coordinate_transformation_mode"]?.value === "tf_crop_and_resize";
  if (crops || intsAttribute(node, "axes") !== undefined) return undefined;
  const inputs = [...replaceFirst(context)];
  for (const index of [2, 3]) {
    const reference = context.constant(index);
    const values = call.constants[index];
    if (reference === undefined || values === undefined) continue;
    if (reference.shape[0] === 0) continue;
    if (index === 3) {
      const sizes = Array.from(values.data, Number);
      inputs[3] = context.addIntegers(node.inputs[3] ?? "", toInputOrder(sizes, order));
    } else {
      const scales = toInputOrder(Array.from(values.data, Number), order);
      const data = Float32Array.from(scales);
      inputs[2] = context.addConstant(
        node.inputs[2] ?? "",
        referenceDense("", { dtype: "float32", shape: [data.length], data }),
      );
    }
  }
  return { inputs, attributes: node.attributes, order };
}

/** Quantizing per tensor works on each element; along an axis it stays where it is. */
function pushQuantize(context: PushContext): PushedNode | undefined {
  return countElements(context.call.inputs[1]?.shape ?? []) === 1 ? pushUnary(context) : undefined;
}

/** Element-wise operators by how many data inputs they have. */
function elementwiseRules(): readonly (readonly [string, Push])[] {
  return Object.entries(ELEMENTWISE).flatMap(([name, { inputs }]): [string, Push][] => {
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

const RULES: ReadonlyMap<string, Push> = new Map<string, Push>([
  ...elementwiseRules(),
  ...REDUCTIONS.map((name): [string, Push] => [name, pushReduce]),
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
