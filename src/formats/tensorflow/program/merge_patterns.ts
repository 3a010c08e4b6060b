import type { TensorflowNode } from "../proto/read_node_def.ts";
import { parseReference } from "../lower/graph_scope.ts";

type Nodes = ReadonlyMap<string, TensorflowNode>;

/**
 * Replaces patterns of several nodes by one: dropout by Identity, and SpaceToBatchND around a
 * convolution by a dilated convolution. The other nodes of a pattern stay and may go unused.
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
    const convolution = nodes.get(after.inputs[0] ?? "");
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
    merged.set(after.name, {
      name: after.name,
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
  }
  return merged;
}

/** What stands between a random tensor and the mask of a dropout. */
const MASKING = new Set([
  "Add",
  "AddV2",
  "Cast",
  "Floor",
  "GreaterEqual",
  "Identity",
  "Less",
  "Mul",
  "Sub",
]);

const RANDOM = new Set(["RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2"]);

/** The longest way from the mask back to the random tensor. */
const MAX_MASK_NODES = 8;

/**
 * Dropout is `x * scale * mask` or `select(mask, x * scale, 0)` with a random mask and a scale that
 * keeps the mean: for inference it is `x`.
 */
function findDropouts(nodes: Nodes): Map<string, TensorflowNode> {
  const found = new Map<string, TensorflowNode>();
  for (const node of nodes.values()) {
    const [first = "", second = ""] = node.inputs;
    const data = node.operator === "Mul"
      ? isRandomMask(nodes, first) ? second : isRandomMask(nodes, second) ? first : undefined
      : node.operator === "SelectV2" && isRandomMask(nodes, first)
      ? second
      : undefined;
    const scaled = data === undefined ? undefined : nodes.get(data);
    if (scaled === undefined) continue;
    const source = unscaled(nodes, scaled);
    if (source === undefined) continue;
    found.set(node.name, {
      name: node.name,
      operator: "Identity",
      inputs: [source],
      attributes: new Map(),
    });
  }
  return found;
}

function isRandomMask(nodes: Nodes, reference: string): boolean {
  let name = parseReference(reference).name;
  for (let steps = 0; steps < MAX_MASK_NODES; steps++) {
    const node = nodes.get(name);
    if (node === undefined) return false;
    if (RANDOM.has(node.operator)) return steps > 0;
    if (!MASKING.has(node.operator)) return false;
    const next = node.inputs.map((input) => nodes.get(parseReference(input).name))
      .find((input) =>
        input !== undefined && (RANDOM.has(input.operator) || MASKING.has(input.operator))
      );
    if (next === undefined) return false;
    name = next.name;
  }
  return false;
}

/** What a scale by a rate is applied to. */
function unscaled(nodes: Nodes, node: TensorflowNode): string | undefined {
  const [data, scale] = node.inputs;
  if (node.operator === "RealDiv" || node.operator === "Div") return data;
  if (node.operator !== "Mul" || data === undefined || scale === undefined) return undefined;
  return isScalarLike(nodes, scale) ? data : isScalarLike(nodes, data) ? scale : undefined;
}

function isScalarLike(nodes: Nodes, reference: string): boolean {
  const node = nodes.get(reference);
  if (node === undefined) return false;
  if (node.operator === "Const") {
    const value = node.attributes.get("value");
    return value?.kind === "tensor" && value.value.shape?.length === 0;
  }
  return (node.operator === "RealDiv" || node.operator === "Sub") &&
    node.inputs.every((input) => isScalarLike(nodes, input));
}
