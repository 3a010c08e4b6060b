import { countElements } from "../../../tensor/mod.ts";
import { floatsAttribute, type Node, stringAttribute } from "../../../graph/mod.ts";
import { heldNumbers } from "../read/held_numbers.ts";
import { unsupportedNode } from "../unsupported_node.ts";
import type { LoweringContext } from "./lowering_context.ts";
import { moveAttributes, string, withAttributes } from "./upgrade.ts";

/** Upsample 7 (scales as attribute) and 9 (as input): coordinates are divided by the scale. */
export function upgradeUpsample(node: Node, context: LoweringContext): Node[] {
  const scales = floatsAttribute(node, "scales");
  const [data = "", input = ""] = node.inputs;
  const name = scales === undefined ? input : context.addFloats(node, "scales", scales);
  return [asymmetricResize({ ...node, operator: "Resize" }, [data, "", name], "floor")];
}

/**
 * Resize 10 states no rounding. ONNX Runtime, and the test vectors of ONNX, take the floor when an
 * axis grows and the ceiling when it shrinks; one node of today's Resize has one rounding.
 */
export function upgradeResize10(node: Node, context: LoweringContext): Node[] {
  const [data = "", input = ""] = node.inputs;
  const scales = heldNumbers(context.constant(input));
  const grows = scales?.some((scale) => scale > 1) ?? true;
  const shrinks = scales?.some((scale) => scale < 1) ?? false;
  const nearest = stringAttribute(node, "mode", "nearest") === "nearest";
  if (nearest && grows && shrinks) {
    throw unsupportedNode(
      node,
      `it enlarges one axis and shrinks another at opset ${context.opset}; export the model with ` +
        `opset 13`,
    );
  }
  const resize = asymmetricResize(node, [data, "", input], shrinks ? "ceil" : "floor");
  if (nearest && scales === undefined) context.upsamplings.push(node.outputs[0] ?? "");
  return [resize];
}

/** Resize 11 and later: constants without elements stand for inputs that are left out. */
export function upgradeResize(node: Node, context: LoweringContext): Node[] {
  const mode = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (mode === "tf_half_pixel_for_nn") {
    throw unsupportedNode(
      node,
      `"tf_half_pixel_for_nn" has no equal since opset 13; export the model with "half_pixel"`,
    );
  }
  const inputs = node.inputs.map((name, index) => {
    const constant = index === 0 ? undefined : context.constant(name);
    return constant !== undefined && countElements(constant.shape) === 0 ? "" : name;
  });
  return [moveAttributes(node, [], inputs)];
}

function asymmetricResize(
  node: Node,
  inputs: readonly string[],
  rounding: "floor" | "ceil",
): Node {
  return withAttributes(moveAttributes(node, ["scales"], inputs), {
    coordinate_transformation_mode: string("asymmetric"),
    nearest_mode: string(rounding),
  });
}
