import { FormatError } from "../../../errors.ts";
import { floatAttribute, intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { nodeLabel } from "../unsupported_node.ts";
import type { LoweringContext } from "./lowering_context.ts";
import { int, moveAttributes, withAttributes } from "./upgrade.ts";

/** Squeeze and Unsqueeze before 13, reductions before 18: `axes` becomes the second input. */
export function upgradeAxes(node: Node, context: LoweringContext): Node[] {
  const axes = intsAttribute(node, "axes");
  const [data = ""] = node.inputs;
  const inputs = axes === undefined ? [data] : [data, context.addIntegers(node, "axes", axes)];
  return [moveAttributes(node, ["axes"], inputs)];
}

/** Clip before 11: `min` and `max`; an absent one is no limit. */
export function upgradeClip(node: Node, context: LoweringContext): Node[] {
  const limit = (name: "min" | "max") =>
    Object.hasOwn(node.attributes, name)
      ? context.addScalar(node, name, floatAttribute(node, name, 0))
      : "";
  const inputs = [node.inputs[0] ?? "", limit("min"), limit("max")];
  return [moveAttributes(node, ["min", "max"], inputs)];
}

/** Pad before 11: `pads` and `value`. */
export function upgradePad(node: Node, context: LoweringContext): Node[] {
  const pads = context.addIntegers(node, "pads", required(node, "pads"));
  const value = floatAttribute(node, "value", 0);
  const constant = value === 0 ? "" : context.addScalar(node, "value", value);
  return [moveAttributes(node, ["pads", "value"], [node.inputs[0] ?? "", pads, constant])];
}

/** Slice before 10: `starts`, `ends` and `axes`. */
export function upgradeSlice(node: Node, context: LoweringContext): Node[] {
  const axes = intsAttribute(node, "axes");
  const inputs = [
    node.inputs[0] ?? "",
    context.addIntegers(node, "starts", required(node, "starts")),
    context.addIntegers(node, "ends", required(node, "ends")),
    axes === undefined ? "" : context.addIntegers(node, "axes", axes),
  ];
  return [moveAttributes(node, ["starts", "ends", "axes"], inputs)];
}

/** Split: `split` becomes an input with 13, equal parts are asked for by `num_outputs` since 18. */
export function upgradeSplit(node: Node, context: LoweringContext): Node[] {
  const sizes = intsAttribute(node, "split");
  const [data = "", given = ""] = node.inputs;
  if (sizes !== undefined) {
    return [moveAttributes(node, ["split"], [data, context.addIntegers(node, "split", sizes)])];
  }
  if (given !== "") return [node];
  return [withAttributes(node, { num_outputs: int(node.outputs.length) })];
}

/** TopK before 10: `k`. */
export function upgradeTopK(node: Node, context: LoweringContext): Node[] {
  const k = intAttribute(node, "k", 0);
  const inputs = [node.inputs[0] ?? "", context.addIntegers(node, "k", [k])];
  return [moveAttributes(node, ["k"], inputs)];
}

function required(node: Node, name: string): readonly number[] {
  const values = intsAttribute(node, name);
  if (values !== undefined) return values;
  throw new FormatError(
    `Cannot read node "${nodeLabel(node)}" (${node.operator}): it has no attribute "${name}"`,
    { expected: name },
  );
}
