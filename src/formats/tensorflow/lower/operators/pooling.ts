import { badNode, unsupportedNode } from "../../unsupported_node.ts";
import type { Attribute } from "../../../../graph/mod.ts";
import { float, int, ints } from "../attributes.ts";
import { ImageLayout } from "../layout.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorRule, OperatorTable } from "../operator_rule.ts";

/** Pools leave padding out: of the maximum and of the mean. */
function pool(operator: "MaxPool" | "AveragePool"): OperatorRule {
  return async (node) => {
    const layout = new ImageLayout(node);
    return await layout.finish(operator, [await layout.first(node.input(0))], {
      ...layout.padding(),
      kernel_shape: ints(layout.spatialAttribute("ksize")),
      strides: ints(layout.spatialAttribute("strides")),
    });
  };
}

/** Kernel and strides are inputs. */
async function poolByInputs(node: NodeLowering): Promise<string> {
  const layout = new ImageLayout(node);
  const kernel = await node.numbers(1, "its kernel");
  const strides = await node.numbers(2, "its strides");
  return await layout.finish("MaxPool", [await layout.first(node.input(0))], {
    ...layout.padding(),
    kernel_shape: ints(layout.spatial(kernel)),
    strides: ints(layout.spatial(strides)),
  });
}

/** For inference: y = (x - mean) / sqrt(variance + epsilon) * scale + offset. */
async function normalizeBatch(node: NodeLowering): Promise<readonly string[]> {
  if (node.bool("is_training", true)) {
    throw unsupportedNode(node, "it is in training mode; export the model for inference");
  }
  const layout = new ImageLayout(node);
  const image = await layout.first(node.input(0));
  const inputs = [image, node.input(1), node.input(2), node.input(3), node.input(4)];
  const result = await layout.finish("BatchNormalization", inputs, {
    epsilon: float(node.float("epsilon", 1e-4)),
  });
  // Mean and variance of the batch are those that were given.
  return [result, node.input(3), node.input(4)];
}

/** y = x / (bias + alpha * sum of squares over 2 * radius + 1 channels)^beta, channels last. */
async function normalizeLocally(node: NodeLowering): Promise<string> {
  const layout = new ImageLayout(node);
  const size = 2 * node.int("depth_radius", 5) + 1;
  if (size < 1) throw badNode(node, `its depth_radius is ${(size - 1) / 2}, expected 0 or more`);
  const attributes: Record<string, Attribute> = {
    size: int(size),
    alpha: float(node.float("alpha", 1) * size),
    beta: float(node.float("beta", 0.5)),
    bias: float(node.float("bias", 1)),
  };
  return await layout.finish("LRN", [await layout.first(node.input(0))], attributes);
}

/** ONNX has the same order of channels: block row, block column, channel. */
function moveBlocks(operator: "SpaceToDepth" | "DepthToSpace"): OperatorRule {
  return async (node) => {
    const layout = new ImageLayout(node);
    return await layout.finish(operator, [await layout.first(node.input(0))], {
      blocksize: int(node.int("block_size", 0)),
    });
  };
}

/** Operators on images that keep their number of dimensions. */
export const POOLING: OperatorTable = {
  AvgPool: pool("AveragePool"),
  AvgPool3D: pool("AveragePool"),
  DepthToSpace: moveBlocks("DepthToSpace"),
  FusedBatchNorm: normalizeBatch,
  FusedBatchNormV2: normalizeBatch,
  FusedBatchNormV3: normalizeBatch,
  LRN: normalizeLocally,
  MaxPool: pool("MaxPool"),
  MaxPool3D: pool("MaxPool"),
  MaxPoolV2: poolByInputs,
  SpaceToDepth: moveBlocks("SpaceToDepth"),
};
