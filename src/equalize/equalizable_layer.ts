import {
  consumersOf,
  floatAttribute,
  intAttribute,
  isPadded,
  type Model,
  type Node,
  producersOf,
} from "../graph/mod.ts";
import { countElements } from "../tensor/mod.ts";

/** How a layer connects its channels. */
export type LayerKind = "ordinary" | "depthwise" | "grouped";

/** A layer whose channels can be scaled: linear, with a constant weight that is its own. */
export interface EqualizableLayer {
  /** Its node. */
  readonly node: Node;
  /** Each input channel to every output channel, to one, or to those of its group. */
  readonly kind: LayerKind;
  /** Name of the weight. */
  readonly weight: string;
  /** Name of the bias; `""` without one. */
  readonly bias: string;
  /** What the layer multiplies its bias by (`beta` of Gemm). */
  readonly biasFactor: number;
  /** The value it reads. */
  readonly input: string;
  /** The value it makes. */
  readonly output: string;
  /** Channels it reads, all groups together. */
  readonly inputChannels: number;
  /** Channels it makes, all groups together. */
  readonly outputChannels: number;
  /** Groups of channels that do not meet. */
  readonly groups: number;
  /** The axis of the weight (0 or 1) along which its output channels lie. */
  readonly outputAxis: 0 | 1;
  /** Whether it adds zeros around its input. */
  readonly pads: boolean;
}

/** What {@linkcode describeLayer} needs to know of the graph around a node. */
export interface GraphAround {
  /** The model. */
  readonly model: Model;
  /** The nodes that read each value. */
  readonly consumers: ReadonlyMap<string, readonly Node[]>;
  /** The node that makes each value. */
  readonly producers: ReadonlyMap<string, Node>;
  /** Whether layers whose encodings are overridden are left alone. */
  readonly keepsOverrides: boolean;
}

/** Gathers what {@linkcode describeLayer} needs. */
export function graphAround(model: Model, keepsOverrides: boolean): GraphAround {
  return { model, keepsOverrides, consumers: consumersOf(model), producers: producersOf(model) };
}

const CONVOLUTIONS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose"]);
const PRODUCTS: ReadonlySet<string> = new Set(["Gemm", "MatMul"]);

/** Whether a node is a convolution or a matrix product. */
export function isLinearLayer({ operator }: Node): boolean {
  return CONVOLUTIONS.has(operator) || PRODUCTS.has(operator);
}

/**
 * Describes a convolution or matrix product.
 *
 * @returns The layer, or the reason why its channels cannot be scaled.
 */
export function describeLayer(node: Node, around: GraphAround): EqualizableLayer | string {
  const { model, consumers } = around;
  const [input = "", weight = "", bias = ""] = node.inputs;
  const [output = ""] = node.outputs;
  const reference = model.initializers.get(weight);
  if (reference === undefined) return `its weight "${weight}" is computed, not constant`;
  if (reference.dtype !== "float32") return `its weight is ${reference.dtype}, not float32`;
  if (!isOwn(weight, consumers)) return `its weight "${weight}" is read by other layers too`;
  if (node.operator === "Gemm" && floatAttribute(node, "alpha", 1) !== 1) {
    return "it multiplies its weight by a factor (alpha) that is not folded into it";
  }
  const overridden = refuseOverridden([weight, bias, output], around);
  if (overridden !== undefined) return overridden;
  const shape = channelShape(node, reference.shape, model.values.get(input)?.shape.length ?? 0);
  if (typeof shape === "string") return shape;
  const { outputAxis, groups } = shape;
  const [first = 0, second = 0] = reference.shape;
  const channels = [first, second * groups];
  const outputChannels = channels[outputAxis] ?? 0;
  const inputChannels = channels[1 - outputAxis] ?? 0;
  if (bias !== "") {
    const { shape: biasShape } = model.initializers.get(bias) ?? {};
    if (biasShape === undefined) return `its bias "${bias}" is computed, not constant`;
    const elements = countElements(biasShape);
    const isVector = elements === 1 || elements === outputChannels &&
        biasShape.at(-1) === outputChannels;
    if (!isVector) return `its bias has the shape [${biasShape}], not one number a channel`;
  }
  const depthwise = groups > 1 && groups === inputChannels && groups === outputChannels;
  return {
    node,
    kind: groups === 1 ? "ordinary" : depthwise ? "depthwise" : "grouped",
    weight,
    bias,
    biasFactor: node.operator === "Gemm" ? floatAttribute(node, "beta", 1) : 1,
    input,
    output,
    inputChannels,
    outputChannels,
    groups,
    outputAxis,
    pads: CONVOLUTIONS.has(node.operator) && padsInput(model, node),
  };
}

/** How the channels lie in a weight: `[out, in / groups, …]`, `[in, out / groups, …]`, `[in, out]`. */
function channelShape(
  node: Node,
  weight: readonly number[],
  inputRank: number,
): { readonly outputAxis: 0 | 1; readonly groups: number } | string {
  const groups = intAttribute(node, "group", 1);
  if (node.operator === "Conv") return { outputAxis: 0, groups };
  if (node.operator === "ConvTranspose") return { outputAxis: 1, groups };
  if (inputRank !== 2 || weight.length !== 2) {
    return "it multiplies matrices that are not one row of channels a sample";
  }
  if (node.operator === "MatMul") return { outputAxis: 1, groups: 1 };
  if (intAttribute(node, "transA", 0) !== 0) return "it reads its input transposed";
  return { outputAxis: intAttribute(node, "transB", 0) === 0 ? 1 : 0, groups: 1 };
}

function isOwn(name: string, consumers: ReadonlyMap<string, readonly Node[]>): boolean {
  const [reader, ...others] = consumers.get(name) ?? [];
  return others.length === 0 && reader?.inputs.filter((input) => input === name).length === 1;
}

/** Why tensors must stay as they are, if their encodings are given and count. */
export function refuseOverridden(
  names: readonly string[],
  { model, keepsOverrides }: GraphAround,
): string | undefined {
  const overridden = names.find((name) => isOverridden(model, name));
  if (!keepsOverrides || overridden === undefined) return undefined;
  return `the encoding of "${overridden}" is given by an override`;
}

function isOverridden({ overrides }: Model, name: string): boolean {
  const { types } = overrides;
  return overrides.activations.has(name) || overrides.parameters.has(name) ||
    types?.activations.has(name) === true || types?.parameters.has(name) === true;
}

/**
 * Whether a constant input would not stay constant at the borders of the output. A transposed
 * convolution has borders whatever its padding, unless each of its outputs sees the whole kernel.
 */
function padsInput(model: Model, node: Node): boolean {
  const kernel = model.initializers.get(node.inputs[1] ?? "")?.shape.slice(2) ?? [];
  if (kernel.every((length) => length === 1)) {
    const strides = node.attributes["strides"];
    const dense = strides === undefined || strides.type === "ints" &&
        strides.value.every((n) => n === 1);
    return isPadded(node) || (node.operator !== "Conv" && !dense);
  }
  if (node.operator === "ConvTranspose") return true;
  const [, ...spatial] = model.values.get(node.inputs[0] ?? "")?.shape.slice(1) ?? [];
  const output = model.values.get(node.outputs[0] ?? "")?.shape.slice(2) ?? [];
  const strides = node.attributes["strides"];
  const dilations = node.attributes["dilations"];
  return spatial.some((length, axis) => {
    const stride = strides?.type === "ints" ? strides.value[axis] ?? 1 : 1;
    const dilation = dilations?.type === "ints" ? dilations.value[axis] ?? 1 : 1;
    const window = ((kernel[axis] ?? 1) - 1) * dilation + 1;
    // Pads may be given by the node or follow from auto_pad; the output's size tells either way, but
    // for pads that a stride leaves unread.
    return (output[axis] ?? 0) !== Math.floor((length - window) / stride) + 1;
  }) || givesPads(node);
}

function givesPads({ attributes }: Node): boolean {
  const { pads } = attributes;
  return pads?.type === "ints" && pads.value.some((count) => count !== 0);
}
