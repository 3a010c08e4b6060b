import { type Attribute, intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { attribute } from "./normal_graph.ts";

/**
 * What an operator wants of the layout of its operands:
 * `image` needs channels where the runtime computes on images (last in a DLC, second in ONNX);
 * `pointwise` and `axes` work in either layout, `axes` with its axis attributes changed;
 * `plain` gives the order of axes a meaning of its own and takes no other.
 */
export type LayoutRule = "image" | "pointwise" | "axes" | "plain";

const RULES: Readonly<Record<LayoutRule, readonly string[]>> = {
  image: [
    "Conv",
    "ConvTranspose",
    "MaxPool",
    "AveragePool",
    "Resize",
    "DepthToSpace",
    "SpaceToDepth",
    "BatchNormalization",
    "InstanceNormalization",
    "LRN",
  ],
  pointwise: [
    ...["Relu", "Clip", "Sigmoid", "Tanh", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Softplus"],
    ...["Abs", "Asin", "Atan", "Ceil", "Cos", "Exp", "Floor", "Log", "Neg", "Not", "Reciprocal"],
    ...["Round", "Sign", "Sin", "Sqrt", "Cast", "Identity"],
    ...["Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max"],
    ...["Min", "Mod", "Mul", "Or", "Pow", "Sub", "Xor", "Where", "PRelu"],
  ],
  axes: [
    ...["Softmax", "LogSoftmax", "LpNormalization", "Concat", "Split", "Slice", "Pad", "Tile"],
    ...["ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ArgMax", "ArgMin", "Gather"],
  ],
  plain: [
    ...["Reshape", "MatMul", "Gemm", "LayerNormalization", "TopK", "GatherElements"],
    "DetectionOutput",
  ],
};

const RULE_OF: ReadonlyMap<string, LayoutRule> = new Map(
  (["image", "pointwise", "axes", "plain"] as const).flatMap((rule) =>
    RULES[rule].map((operator) => [operator, rule])
  ),
);

/** The rule of an operator in normal form; `undefined` if normal form does not know it. */
export function layoutRule(operator: string): LayoutRule | undefined {
  return RULE_OF.get(operator);
}

/** Attributes that hold one number for each axis of the operand; `pads` has two. */
const PER_AXIS = ["starts", "ends", "steps", "repeats", "pads"];

/**
 * The attributes of an `axes` operator when its operand is transposed by `order`.
 *
 * @param node The node, its axes not negative.
 * @param order As ONNX Transpose: axis `i` of the new operand is axis `order[i]` of the old one.
 */
export function moveAxes(
  node: Node,
  order: readonly number[],
): Readonly<Record<string, Attribute>> {
  const moved: Record<string, Attribute> = { ...node.attributes };
  const axis = intAttribute(node, "axis", -1);
  if (axis >= 0) moved.axis = attribute.int(order.indexOf(axis));
  const axes = intsAttribute(node, "axes");
  if (axes !== undefined) {
    moved.axes = attribute.ints(axes.map((one) => order.indexOf(one)).sort((a, b) => a - b));
  }
  for (const name of PER_AXIS) {
    const list = intsAttribute(node, name);
    if (list === undefined) continue;
    const rank = order.length;
    moved[name] = attribute.ints(
      Array.from(list, (_, i) => list[i - i % rank + (order[i % rank] ?? 0)] ?? 0),
    );
  }
  return moved;
}

/** Axes of the operand that the result no longer has, for operators that drop axes. */
export function droppedAxes(node: Node): readonly number[] {
  switch (node.operator) {
    case "ArgMax":
    case "ArgMin":
      return intAttribute(node, "keepdims", 1) === 0 ? [intAttribute(node, "axis", 0)] : [];
    case "ReduceMean":
    case "ReduceMax":
    case "ReduceMin":
    case "ReduceSum":
      return intAttribute(node, "keepdims", 1) === 0 ? intsAttribute(node, "axes") ?? [] : [];
    default:
      return [];
  }
}
