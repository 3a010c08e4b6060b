import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "../../../graph/mod.ts";
import { attribute, inputOf } from "./normal_graph.ts";
import {
  emitReshape,
  ends,
  keep,
  type NormalizeNode,
  type Normalizer,
  unsupported,
} from "./normalizer.ts";
import { emitLayerMoments } from "./standardize.ts";
import { frontAxis } from "./front_axis.ts";
import { normalizeTopK } from "./normalize_shaping.ts";

/** Reductions, normalizations, and what else looks at many elements at once. */
export const NORMALIZE_STATISTICS: Readonly<Record<string, NormalizeNode>> = {
  ArgMax: normalizeArg,
  ArgMin: normalizeArg,
  BatchNormalization: normalizeBatchNorm,
  DetectionOutput: normalizeDetectionOutput,
  InstanceNormalization: normalizeInstanceNorm,
  LayerNormalization: normalizeLayerNorm,
  LRN: normalizeLrn,
  LogSoftmax: normalizeSoftmax,
  LpNormalization: normalizeLp,
  ReduceMax: normalizeReduce,
  ReduceMean: normalizeReduce,
  ReduceMin: normalizeReduce,
  ReduceSum: normalizeReduce,
  Softmax: normalizeSoftmax,
  TopK: normalizeTopK,
};

function rankOf(node: Node, normalizer: Normalizer): number {
  return normalizer.shape(inputOf(node, 0)).length;
}

function normalizeSoftmax(node: Node, normalizer: Normalizer): void {
  const axis = frontAxis(intAttribute(node, "axis", -1), rankOf(node, normalizer));
  keep(normalizer, node, { axis: attribute.int(axis) });
}

/** QNN states boxes by center and size, as SSD does by default. */
function normalizeDetectionOutput(node: Node, normalizer: Normalizer): void {
  const code = stringAttribute(node, "code_type", "");
  if (code !== "CENTER_SIZE") throw unsupported(node, `its code_type is ${code}`, "CENTER_SIZE");
  keep(normalizer, node, node.attributes);
}

function normalizeLp(node: Node, normalizer: Normalizer): void {
  const p = intAttribute(node, "p", 2);
  if (p !== 2) throw unsupported(node, `its norm is L${p}`, "L2");
  const axis = frontAxis(intAttribute(node, "axis", -1), rankOf(node, normalizer));
  keep(normalizer, node, { axis: attribute.int(axis) });
}

function normalizeArg(node: Node, normalizer: Normalizer): void {
  if (intAttribute(node, "select_last_index", 0) !== 0) {
    throw unsupported(node, "it takes the last of equal elements", "the first");
  }
  const axis = frontAxis(intAttribute(node, "axis", 0), rankOf(node, normalizer));
  keep(normalizer, node, {
    axis: attribute.int(axis),
    keepdims: attribute.int(intAttribute(node, "keepdims", 1)),
  });
}

/** The axes that a reduction goes over, from the front and ascending; none if it does nothing. */
export function reducedAxes(node: Node, normalizer: Normalizer): readonly number[] {
  const rank = rankOf(node, normalizer);
  const given = normalizer.numbers(node, 1) ?? intsAttribute(node, "axes") ?? [];
  if (given.length > 0) {
    return given.map((axis) => frontAxis(axis, rank)).sort((a, b) => a - b);
  }
  if (intAttribute(node, "noop_with_empty_axes", 0) !== 0) return [];
  return Array.from({ length: rank }, (_, i) => i);
}

/** Axes become an attribute. */
function normalizeReduce(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const axes = reducedAxes(node, normalizer);
  if (axes.length === 0) return emitReshape(normalizer, node, { from: input, to: output });
  normalizer.emit(node, {
    operator: node.operator,
    inputs: [input],
    outputs: [output],
    attributes: {
      axes: attribute.ints(axes),
      keepdims: attribute.int(intAttribute(node, "keepdims", 1)),
    },
  });
}

/**
 * In normal form a batch norm is `weight * x + bias` a channel: weight = γ / √(σ² + ε) and bias =
 * β − weight · μ. Ranks other than 2 and 4, where a DLC's channel axis is not defined, become a
 * product and a sum.
 */
function normalizeBatchNorm(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  if (node.outputs.slice(1).some((name) => name !== "") || intAttribute(node, "training_mode", 0)) {
    throw unsupported(node, "it is in training mode", "inference mode");
  }
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const numbers = [1, 2, 3, 4].map((index) => normalizer.numbers(node, index) ?? []);
  const [gamma = [], beta = [], mean = [], variance = []] = numbers;
  const weight = gamma.map((value, i) => value / Math.sqrt((variance[i] ?? 0) + epsilon));
  const bias = beta.map((value, i) => value - (weight[i] ?? 0) * (mean[i] ?? 0));
  const rank = normalizer.shape(input).length;
  const isOne = rank === 2 || rank === 4;
  const isNormal = mean.every((value) => value === 0) &&
    weight.every((value, i) => Math.fround(value) === gamma[i]);
  if (isOne && isNormal) {
    const inputs = [input, inputOf(node, 1), inputOf(node, 2)];
    normalizer.emit(node, { operator: "BatchNormalization", inputs, outputs: [output] });
    return;
  }
  const shape = isOne ? [gamma.length] : [gamma.length, ...Array<number>(rank - 2).fill(1)];
  const constantOf = (name: string, values: readonly number[]) =>
    normalizer.constant(`${node.name}.${name}`, {
      dtype: "float32",
      shape,
      data: Float32Array.from(values),
    });
  const factor = constantOf("weight", weight);
  const addend = constantOf("bias", bias);
  if (isOne) {
    const inputs = [input, factor, addend];
    normalizer.emit(node, { operator: "BatchNormalization", inputs, outputs: [output] });
    return;
  }
  const scaled = normalizer.intermediate(`${output}.scaled`, output, normalizer.shape(input));
  normalizer.emit(node, { operator: "Mul", inputs: [input, factor], outputs: [scaled] }, ".scale");
  normalizer.emit(node, { operator: "Add", inputs: [scaled, addend], outputs: [output] });
}

/** Images of one spatial axis are taken as images of height 1. */
function normalizeInstanceNorm(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const shape = normalizer.shape(input);
  const [, scale = "", bias = ""] = node.inputs;
  const attributes = { epsilon: attribute.float(floatAttribute(node, "epsilon", 1e-5)) };
  const operator = "InstanceNormalization";
  if (!normalizer.isConstant(scale) || !normalizer.isConstant(bias)) {
    throw unsupported(node, "its scale or bias is computed by the network", "constants");
  }
  if (shape.length === 4) return keep(normalizer, node, attributes);
  if (shape.length !== 3) {
    throw unsupported(node, `its input has rank ${shape.length}`, "rank 3 or 4");
  }
  const [batch = 1, channels = 1, length = 1] = shape;
  const flat = [batch, channels, 1, length];
  const from = normalizer.intermediate(`${input}.plane`, input, flat);
  const to = normalizer.intermediate(`${output}.plane`, output, flat);
  emitReshape(normalizer, node, { from: input, to: from, suffix: ".plane" });
  normalizer.emit(node, { operator, inputs: [from, scale, bias], outputs: [to], attributes });
  emitReshape(normalizer, node, { from: to, to: output, suffix: ".line" });
}

function normalizeLayerNorm(node: Node, normalizer: Normalizer): void {
  const { output } = ends(node);
  const rank = rankOf(node, normalizer);
  const axis = frontAxis(intAttribute(node, "axis", -1), rank);
  const axes = Array.from({ length: rank - axis }, (_, i) => axis + i);
  normalizer.emit(node, {
    operator: "LayerNormalization",
    inputs: node.inputs,
    outputs: [output],
    attributes: {
      axes: attribute.ints(axes),
      epsilon: attribute.float(floatAttribute(node, "epsilon", 1e-5)),
    },
  });
  emitLayerMoments(node, normalizer, axes);
}

function normalizeLrn(node: Node, normalizer: Normalizer): void {
  const size = intAttribute(node, "size", 1);
  if (size % 2 === 0) throw unsupported(node, `its window has ${size} channels`, "an odd number");
  keep(normalizer, node, {
    size: attribute.int(size),
    alpha: attribute.float(floatAttribute(node, "alpha", 1e-4)),
    beta: attribute.float(floatAttribute(node, "beta", 0.75)),
    bias: attribute.float(floatAttribute(node, "bias", 1)),
  });
}
