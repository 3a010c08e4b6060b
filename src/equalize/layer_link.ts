import {
  constantNumbers,
  intAttribute,
  type Node,
  stringAttribute,
  type ValueInfo,
} from "../graph/mod.ts";
import {
  describeLayer,
  type EqualizableLayer,
  type GraphAround,
  isLinearLayer,
  refuseOverridden,
} from "./equalizable_layer.ts";

/** What a layer's output goes through on its way to the next layer. */
export interface LinkActivation {
  /** Nothing, floor of zero, floor and ceiling, or a slope below zero. */
  readonly kind: "none" | "relu" | "clip" | "slope";
  /** The node; absent for `none`. */
  readonly node?: Node;
  /** The least value that comes out. */
  readonly lower: number;
  /** The greatest value that comes out: 6 for ReLU6. */
  readonly upper: number;
}

/** Two layers with nothing between them but operators that a positive factor a channel passes. */
export interface LayerLink {
  /** The layer in front. */
  readonly from: EqualizableLayer;
  /** The layer behind. */
  readonly to: EqualizableLayer;
  /** The activation function between them. */
  readonly activation: LinkActivation;
  /** All nodes between them. */
  readonly between: readonly Node[];
  /** Whether a channel that is one number everywhere in front is so behind: no padding. */
  readonly uniform: boolean;
  /** Input channels of the layer behind for each channel of the layer in front (Flatten). */
  readonly spread: number;
}

/**
 * What may stand between layers: AIMET's list (nothing, ReLU, PReLU, ReLU6), or everything that
 * commutes with a positive factor a channel, and more kinds of layers.
 */
export type Through = "activations" | "all";

/** Operators that a positive factor a channel passes, and that keep constants. */
const UNIFORM: ReadonlySet<string> = new Set([
  "Dropout",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "Identity",
]);

const NO_ACTIVATION: LinkActivation = { kind: "none", lower: -Infinity, upper: Infinity };

/**
 * Follows the output of a layer to the next one.
 *
 * @returns The link, or the reason why there is none.
 */
export function followLayer(
  from: EqualizableLayer,
  around: GraphAround,
  through: Through,
): LayerLink | string {
  const { model, consumers } = around;
  const between: Node[] = [];
  let activation = NO_ACTIVATION;
  let uniform = true;
  let spread = 1;
  for (let value = from.output;;) {
    if (model.outputs.some(({ name }) => name === value)) return `"${value}" is a network output`;
    const [reader, ...others] = consumers.get(value) ?? [];
    if (reader === undefined) return `nothing reads "${value}"`;
    if (others.length > 0) return `"${value}" is read by ${others.length + 1} nodes`;
    if (isLinearLayer(reader)) {
      if (reader.inputs[0] !== value) return `${title(reader)} reads it as a weight or bias`;
      const to = describeLayer(reader, around);
      if (typeof to === "string") return `behind it, ${title(reader)}: ${to}`;
      const refusal = refuseKind(to, through);
      if (refusal !== undefined) return `behind it, ${title(reader)}: ${refusal}`;
      if (to.inputChannels !== from.outputChannels * spread) {
        return `${title(reader)} does not read its channels one by one`;
      }
      return { from, to, activation, between, uniform, spread };
    }
    const next = activationOf(reader, around, through);
    if (next !== undefined) {
      if (typeof next === "string") return next;
      if (activation.kind !== "none") return `two activation functions stand behind it`;
      activation = next;
    } else {
      const passing = through === "all" ? passes(reader, around) : undefined;
      if (passing === undefined) return `${title(reader)} reads "${value}"`;
      uniform &&= passing.uniform;
      spread *= passing.spread;
    }
    between.push(reader);
    value = reader.outputs[0] ?? "";
    const overridden = refuseOverridden([value], around);
    if (overridden !== undefined) return overridden;
  }
}

/** Why a kind of layer is left out, if it is. */
export function refuseKind(
  { node, kind }: EqualizableLayer,
  through: Through,
): string | undefined {
  if (through === "all") return undefined;
  if (kind === "grouped") return "it has groups and is not depthwise; through all takes it";
  if (node.operator === "Gemm" || node.operator === "MatMul") {
    return "it is no convolution; through all takes it";
  }
  return undefined;
}

function title({ name, operator }: Node): string {
  return `${operator} "${name}"`;
}

/** A node as an activation function; `undefined` if it is none, a reason if it does not fit. */
function activationOf(
  node: Node,
  { model }: GraphAround,
  through: Through,
): LinkActivation | string | undefined {
  switch (node.operator) {
    case "Relu":
      return { kind: "relu", node, lower: 0, upper: Infinity };
    case "PRelu":
      return { kind: "slope", node, lower: -Infinity, upper: Infinity };
    case "LeakyRelu":
      return through === "all"
        ? { kind: "slope", node, lower: -Infinity, upper: Infinity }
        : undefined;
    case "Clip": {
      const [, min = "", max = ""] = node.inputs;
      const lower = min === "" ? -Infinity : constantNumbers(model, min)?.[0];
      const upper = max === "" ? Infinity : constantNumbers(model, max)?.[0];
      if (lower !== 0 || upper === undefined || !(upper > 0)) {
        return `${title(node)} cuts at ${lower ?? "computed"} and ${
          upper ?? "computed"
        }, not at 0 and a number above`;
      }
      return upper === Infinity
        ? { kind: "relu", node, lower, upper }
        : { kind: "clip", node, lower, upper };
    }
  }
  return undefined;
}

/** Whether a factor a channel passes a node of the wider list. */
function passes(
  node: Node,
  { model }: GraphAround,
): { readonly uniform: boolean; readonly spread: number } | undefined {
  const input = model.values.get(node.inputs[0] ?? "");
  const output = model.values.get(node.outputs[0] ?? "");
  if (node.outputs.slice(1).some((name) => name !== "")) return undefined;
  if (UNIFORM.has(node.operator)) return { uniform: true, spread: 1 };
  switch (node.operator) {
    case "MaxPool":
      return { uniform: true, spread: 1 };
    case "AveragePool":
      return { uniform: intAttribute(node, "count_include_pad", 0) === 0, spread: 1 };
    case "Flatten":
      return intAttribute(node, "axis", 1) === 1
        ? { uniform: true, spread: rest(input) }
        : undefined;
    case "Pad": {
      const fill = node.inputs[2] ?? "";
      const zeros = stringAttribute(node, "mode", "constant") !== "constant" || fill === "" ||
        constantNumbers(model, fill)?.[0] === 0;
      return zeros && input?.shape[1] === output?.shape[1]
        ? { uniform: false, spread: 1 }
        : undefined;
    }
    case "Resize":
      return input?.shape[1] === output?.shape[1] &&
          stringAttribute(node, "coordinate_transformation_mode", "half_pixel") !==
            "tf_crop_and_resize"
        ? { uniform: true, spread: 1 }
        : undefined;
  }
  return undefined;
}

function rest(value: ValueInfo | undefined): number {
  return value?.shape.slice(2).reduce((product, length) => product * length, 1) ?? 1;
}
