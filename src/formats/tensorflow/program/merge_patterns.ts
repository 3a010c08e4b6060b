import { findDropouts } from "./find_dropouts.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { parseReference } from "../lower/graph_scope.ts";

type Nodes = ReadonlyMap<string, TensorflowNode>;

/**
 * Replaces patterns of several nodes: dropout by Identity, and SpaceToBatchND around a convolution,
 * maybe with a bias, by a dilated convolution. The other nodes of a pattern stay and may go unused.
 *
 * @param nodes Nodes by name.
 * @param outputs References to what must stay readable.
 */
export function mergePatterns(nodes: Nodes, outputs: readonly string[]): Nodes {
  const dilated = mergeDilations(nodes, outputs);
  const dropouts = findDropouts(nodes);
  if (dilated.size === 0 && dropouts.size === 0) return nodes;
  return new Map([...nodes, ...dilated, ...dropouts]);
}

/** How many readers each node has, outputs among them. */
function countReaders(nodes: Nodes, outputs: readonly string[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const count = (reference: string): void => {
    const { name } = parseReference(reference);
    readers.set(name, (readers.get(name) ?? 0) + 1);
  };
  for (const node of nodes.values()) for (const input of node.inputs) count(input);
  for (const output of outputs) count(output);
  return readers;
}

/** Convolutions with strides of 1 and without padding between the two operators. */
function mergeDilations(nodes: Nodes, outputs: readonly string[]): Map<string, TensorflowNode> {
  const merged = new Map<string, TensorflowNode>();
  let readers: ReadonlyMap<string, number> | undefined;
  for (const after of nodes.values()) {
    if (after.operator !== "BatchToSpaceND") continue;
    const last = nodes.get(after.inputs[0] ?? "");
    const bias = isChannelBias(last) ? last : undefined;
    const convolution = bias === undefined ? last : nodes.get(bias.inputs[0] ?? "");
    const before = nodes.get(convolution?.inputs[0] ?? "");
    const isConvolution = convolution?.operator === "Conv2D" ||
      convolution?.operator === "DepthwiseConv2dNative";
    if (!isConvolution || before?.operator !== "SpaceToBatchND") continue;
    readers ??= countReaders(nodes, outputs);
    const padding = convolution.attributes.get("padding");
    const steps = [convolution.attributes.get("strides"), convolution.attributes.get("dilations")];
    const plain = padding?.value === "VALID" &&
      steps.every((step) => step?.kind !== "list" || step.value.ints.every((one) => one === 1));
    if (!plain || readers.get(convolution.name) !== 1) continue;
    if (bias !== undefined && readers.get(bias.name) !== 1) continue;
    const dilated = bias === undefined ? after.name : convolution.name;
    merged.set(dilated, {
      name: dilated,
      operator: `Dilated${convolution.operator}`,
      attributes: convolution.attributes,
      inputs: [
        before.inputs[0] ?? "",
        convolution.inputs[1] ?? "",
        before.inputs[1] ?? "",
        before.inputs[2] ?? "",
        after.inputs[1] ?? "",
        after.inputs[2] ?? "",
      ],
    });
    if (bias === undefined) continue;
    const inputs = [dilated, ...bias.inputs.slice(1)];
    merged.set(after.name, { ...bias, name: after.name, inputs });
  }
  return merged;
}

/** A bias for each channel of NHWC, which may as well be added behind BatchToSpaceND. */
function isChannelBias(node: TensorflowNode | undefined): boolean {
  return node?.operator === "BiasAdd" && node.attributes.get("data_format")?.value !== "NCHW";
}
