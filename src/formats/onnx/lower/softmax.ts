import { intAttribute, type Node } from "../../../graph/mod.ts";
import { nodeLabel } from "../unsupported_node.ts";
import type { LoweringContext } from "./lowering_context.ts";
import { int, withAttributes } from "./upgrade.ts";

/**
 * Softmax, LogSoftmax and Hardmax before opset 13 work on the tensor flattened to a matrix at `axis`
 * (default 1). `restoreSoftmaxes` takes the pair around them away where shapes show that it changes
 * nothing.
 */
export function upgradeSoftmax(node: Node, context: LoweringContext): Node[] {
  const axis = intAttribute(node, "axis", 1);
  if (axis === -1) return [node];
  const label = nodeLabel(node);
  const [input = ""] = node.inputs;
  const [output = ""] = node.outputs;
  const shape = context.uniqueName(`${label}/shape`);
  const matrix = context.uniqueName(`${label}/matrix`);
  const result = context.uniqueName(`${label}/result`);
  context.flattenedSoftmaxes.push({ input, shape, matrix, result, output, axis });
  return [
    { name: shape, operator: "Shape", inputs: [input], outputs: [shape], attributes: {} },
    {
      name: matrix,
      operator: "Flatten",
      inputs: [input],
      outputs: [matrix],
      attributes: { axis: int(axis) },
    },
    { ...withAttributes(node, { axis: int(-1) }), inputs: [matrix], outputs: [result] },
    {
      name: result,
      operator: "Reshape",
      inputs: [result, shape],
      outputs: [output],
      attributes: { allowzero: int(1) },
    },
  ];
}
