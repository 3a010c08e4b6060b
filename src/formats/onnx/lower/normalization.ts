import { intAttribute, type Node } from "../../../graph/mod.ts";
import { heldNumbers } from "../read/held_numbers.ts";
import { nodeLabel, unsupportedNode } from "../unsupported_node.ts";
import type { LoweringContext } from "./lowering_context.ts";
import { int, withAttributes } from "./upgrade.ts";

/** BatchNormalization of any opset: for inference, with one mean and variance a channel. */
export function upgradeBatchNormalization(node: Node, context: LoweringContext): Node[] {
  if (context.opset < 9 && intAttribute(node, "spatial", 1) === 0) {
    throw unsupportedNode(node, "spatial is 0, which no later opset has; supported is spatial 1");
  }
  const training = node.outputs.slice(1).some((output) => output !== "");
  if (training || intAttribute(node, "training_mode", 0) !== 0) {
    throw unsupportedNode(node, "it is in training mode; export the model for inference");
  }
  const removed = ["spatial", "momentum", "training_mode"];
  return [withAttributes({ ...node, outputs: node.outputs.slice(0, 1) }, {}, removed)];
}

/** Dropout of any opset: for inference, where ratio and seed mean nothing. */
export function upgradeDropout(node: Node, context: LoweringContext): Node[] {
  const [data = "", , training = ""] = node.inputs;
  const mode = training === "" ? [0] : heldNumbers(context.constant(training));
  if (mode?.[0] !== 0) {
    throw unsupportedNode(node, "it is in training mode; export the model for inference");
  }
  return [withAttributes({ ...node, inputs: [data] }, {}, ["ratio", "seed"])];
}

/**
 * GroupNormalization 18 has one scale and bias a group, 21 one a channel: each is repeated for the
 * `channels / groups` channels of its group.
 */
export function upgradeGroupNormalization(node: Node, context: LoweringContext): Node[] {
  const groups = intAttribute(node, "num_groups", 1);
  const [data = "", scale = "", bias = ""] = node.inputs;
  const nodes: Node[] = [];
  const add = (
    operator: string,
    inputs: readonly string[],
    attributes: Node["attributes"] = {},
  ): string => {
    const name = context.uniqueName(`${nodeLabel(node)}/${operator}`);
    nodes.push({ name, operator, inputs, outputs: [name], attributes });
    return name;
  };
  const channels = add("Shape", [data], { start: int(1), end: int(2) });
  const perGroup = add("Div", [channels, context.addIntegers(node, "groups", [groups])]);
  const repeats = add("Concat", [context.addIntegers(node, "one", [1]), perGroup], {
    axis: int(0),
  });
  const column = context.addIntegers(node, "column", [groups, 1]);
  const flat = context.addIntegers(node, "flat", [-1]);
  const [scales, biases] = [scale, bias].map((values) =>
    add("Reshape", [add("Tile", [add("Reshape", [values, column]), repeats]), flat])
  );
  return [...nodes, { ...node, inputs: [data, scales ?? "", biases ?? ""] }];
}
