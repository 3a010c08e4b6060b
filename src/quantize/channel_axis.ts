import { intAttribute, type Model } from "../graph/mod.ts";

/**
 * The axis of an initializer that runs along the output channels of the layer that reads it:
 * 0 for convolutions (OIHW), 1 for transposed ones (IOHW) without groups, the columns of `B` for
 * Gemm and MatMul, the only axis of a bias or slope list.
 *
 * @returns The axis, or `undefined` where no layer gives one.
 */
export function channelAxis(
  model: Pick<Model, "nodes" | "initializers">,
  name: string,
): number | undefined {
  const rank = model.initializers.get(name)?.shape.length;
  if (rank === undefined || rank === 0) return undefined;
  for (const node of model.nodes) {
    const position = node.inputs.indexOf(name);
    if (position < 0) continue;
    if (rank === 1) return 0;
    switch (node.operator) {
      case "Conv":
        return 0;
      case "ConvTranspose":
        return intAttribute(node, "group", 1) === 1 ? 1 : undefined;
      case "Gemm":
        if (position === 0) return intAttribute(node, "transA", 0) === 1 ? 1 : 0;
        return position === 1 && intAttribute(node, "transB", 0) === 1 ? 0 : 1;
      case "MatMul":
        return position === 1 ? rank - 1 : rank - 2;
    }
  }
  return undefined;
}
