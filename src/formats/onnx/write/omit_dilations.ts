import { intsAttribute, type Node } from "../../../graph/mod.ts";

/**
 * Leaves out the dilations of an AveragePool where they are 1, as they are by default: ONNX Runtime
 * hands all attributes to its quantized pooling, which has no dilations, and then refuses the model.
 */
export function omitDilations(node: Node): Node {
  if (node.operator !== "AveragePool") return node;
  if (intsAttribute(node, "dilations")?.some((dilation) => dilation !== 1) ?? true) return node;
  const { dilations: _, ...attributes } = node.attributes;
  return { ...node, attributes };
}
