import { intsAttribute } from "./attributes.ts";
import type { Node } from "./model.ts";

/** Whether a node with a window also reads zeros around its input, by its own attributes. */
export function isPadded(node: Node): boolean {
  const automatic = node.attributes.auto_pad;
  if (automatic !== undefined && automatic.value !== "NOTSET" && automatic.value !== "VALID") {
    return true;
  }
  return (intsAttribute(node, "pads") ?? []).some((pad) => pad !== 0);
}
