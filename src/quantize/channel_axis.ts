import { intAttribute, type Model, type Node } from "../graph/mod.ts";

/**
 * The axis of an initializer that runs along the output channels of the layer that reads it:
 * 0 for convolutions (OIHW), 1 for transposed ones (IOHW), the columns of `B` for Gemm and MatMul, the
 * only axis of a bias or slope list.
 *
 * A transposed convolution with groups has its output channels on two axes; axis 1 runs along those of
 * a group, which all groups share, and axis 0 is taken where each group has one input and one output
 * channel.
 *
 * @returns The axis, or `undefined` where no layer gives one.
 */
export function channelAxis(
  model: Pick<Model, "nodes" | "initializers">,
  name: string,
): number | undefined {
  const shape = model.initializers.get(name)?.shape;
  if (shape === undefined) return undefined;
  for (const node of model.nodes) {
    const position = node.inputs.indexOf(name);
    const axis = position < 0 ? undefined : inputChannelAxis(node, position, shape);
    if (axis !== undefined) return axis;
  }
  return undefined;
}

/** As {@linkcode channelAxis}, for one input of a node. */
export function inputChannelAxis(
  node: Node,
  position: number,
  shape: readonly number[],
): number | undefined {
  const rank = shape.length;
  if (rank <= 1) return rank === 1 ? 0 : undefined;
  switch (node.operator) {
    case "Conv":
      return 0;
    case "ConvTranspose": {
      const groups = intAttribute(node, "group", 1);
      return groups > 1 && shape[0] === groups && shape[1] === 1 ? 0 : 1;
    }
    case "Gemm":
      if (position === 0) return intAttribute(node, "transA", 0) === 1 ? 1 : 0;
      return position === 1 && intAttribute(node, "transB", 0) === 1 ? 0 : 1;
    case "MatMul":
      return position === 1 ? rank - 1 : rank - 2;
  }
  return undefined;
}
