import { readDense, type TensorReference, viewTensor } from "../../../../tensor/mod.ts";
import { attribute, type Node } from "../../../../graph/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that shift and scale by statistics or by learned factors. */
export const NORMALIZATION_LAYERS: Readonly<Record<string, LowerLayer>> = {
  BatchNorm: lowerBatchNorm,
  Bias: lowerBias,
  LRN: lowerLrn,
  MVN: lowerMvn,
  Normalize: lowerNormalize,
  Scale: lowerScale,
};

/** Mean and variance are stored as sums; the third blob says over how much. */
async function lowerBatchNorm(layer: LayerContext): Promise<readonly string[]> {
  const settings = layer.settings("batch_norm_param");
  if (settings.boolean("use_global_stats") === false) {
    throw layer.unsupported("it takes mean and variance of the batch; stored ones would work");
  }
  const channels = layer.shape(layer.input)[1] ?? 1;
  const weight = layer.weights.tensor(2, "scale_factor", [1]);
  const options = layer.signal === undefined ? {} : { signal: layer.signal };
  const [total = 0] = Array.from((await readDense(weight, options)).data, Number);
  const sums = ["mean", "variance"].map((what, index) =>
    layer.weights.tensor(index, what, [channels])
  );
  // Weights of that many channels are there, so the factors fit as well.
  const factors = new Float64Array(channels).fill(total === 0 ? 0 : 1 / total);
  const [mean, variance] = sums.map((sum) =>
    layer.tensor(total === 1 ? sum : viewTensor(sum, { kind: "scale", axis: 0, factors }))
  );
  return layer.output("BatchNormalization", [
    layer.input,
    layer.filled("ones", channels, 1),
    layer.filled("zeros", channels, 0),
    mean ?? "",
    variance ?? "",
  ], { epsilon: attribute.float(settings.defaultedNumber("eps")) });
}

/** A factor a channel behind a BatchNorm becomes part of that. */
function lowerScale(layer: LayerContext): readonly string[] {
  const settings = layer.settings("scale_param");
  const rank = layer.shape(layer.input).length;
  const axis = settings.defaultedNumber("axis");
  if (layer.inputs.length > 1) {
    const factor = spreadInput(layer, axis);
    if (!settings.boolean("bias_term")) return layer.output("Mul", [layer.input, factor]);
    const product = layer.emit("product", "Mul", { inputs: [layer.input, factor] });
    const covered = layer.shape(layer.inputAt(1));
    const bias = spread(layer, layer.weights.tensor(0, "bias", covered), axis);
    return layer.output("Add", [product, layer.tensor(bias)]);
  }
  const covered = coveredShape(layer, axis, settings.defaultedNumber("num_axes"));
  const scale = layer.weights.tensor(0, "scale", covered);
  const bias = settings.boolean("bias_term") ? layer.weights.tensor(1, "bias", covered) : undefined;
  if (layer.axis(axis, rank) === 1 && covered.length === 1) {
    return scaleChannels(layer, scale, bias);
  }
  const factor = layer.tensor(spread(layer, scale, axis));
  if (bias === undefined) return layer.output("Mul", [layer.input, factor]);
  const product = layer.emit("product", "Mul", { inputs: [layer.input, factor] });
  return layer.output("Add", [product, layer.tensor(spread(layer, bias, axis))]);
}

function scaleChannels(
  layer: LayerContext,
  scale: TensorReference,
  bias: TensorReference | undefined,
): readonly string[] {
  const [channels = 1] = scale.shape;
  const gamma = layer.tensor(scale);
  const beta = bias === undefined ? layer.filled("zeros", channels, 0) : layer.tensor(bias);
  const before = layer.producerOf(layer.input);
  if (before !== undefined && isPlainBatchNorm(layer, before)) {
    const [input = "", , , mean = "", variance = ""] = before.inputs;
    return layer.output(
      "BatchNormalization",
      [input, gamma, beta, mean, variance],
      before.attributes,
    );
  }
  const mean = layer.filled("mean", channels, 0);
  const variance = layer.filled("variance", channels, 1);
  return layer.output("BatchNormalization", [layer.input, gamma, beta, mean, variance], {
    epsilon: attribute.float(0),
  });
}

/** Whether a node normalizes and does nothing else yet. */
function isPlainBatchNorm(layer: LayerContext, { operator, inputs }: Node): boolean {
  if (operator !== "BatchNormalization") return false;
  const { storage } = layer.constant(inputs[1] ?? "") ?? {};
  const shift = layer.constant(inputs[2] ?? "")?.storage;
  if (storage?.kind !== "bytes" || shift?.kind !== "bytes") return false;
  const ones = new Float32Array(storage.bytes.slice().buffer);
  return ones.every((value) => value === 1) && shift.bytes.every((byte) => byte === 0);
}

function lowerBias(layer: LayerContext): readonly string[] {
  const settings = layer.settings("bias_param");
  const axis = settings.defaultedNumber("axis");
  if (layer.inputs.length > 1) {
    return layer.output("Add", [layer.input, spreadInput(layer, axis)]);
  }
  const covered = coveredShape(layer, axis, settings.defaultedNumber("num_axes"));
  const bias = spread(layer, layer.weights.tensor(0, "bias", covered), axis);
  return layer.output("Add", [layer.input, layer.tensor(bias)]);
}

/** The part of the input's shape that learned factors have: `count` axes from `axis` on. */
function coveredShape(layer: LayerContext, axis: number, count: number): readonly number[] {
  const shape = layer.shape(layer.input);
  if (count === 0) return [];
  const start = layer.axis(axis, shape.length);
  const end = count === -1 ? shape.length : start + count;
  if (count < -1 || end > shape.length) {
    throw layer.error(`it covers ${count} axes from ${start} on, its input is [${shape}]`);
  }
  return shape.slice(start, end);
}

/** Adds axes of 1 behind, so that factors for axes from `axis` on broadcast as in ONNX. */
function spread(layer: LayerContext, reference: TensorReference, axis: number): TensorReference {
  return viewTensor(reference, {
    kind: "reshape",
    shape: spreadShape(layer, reference.shape, axis),
  });
}

/** The same for factors that the network computes. */
function spreadInput(layer: LayerContext, axis: number): string {
  const factor = layer.inputAt(1);
  const shape = layer.shape(factor);
  const target = spreadShape(layer, shape, axis);
  if (target.length === shape.length) return factor;
  return layer.emit("spread", "Reshape", { inputs: [factor, layer.integers("spread", target)] });
}

function spreadShape(
  layer: LayerContext,
  shape: readonly number[],
  axis: number,
): readonly number[] {
  const whole = layer.shape(layer.input);
  if (shape.length === 0) return shape;
  const start = layer.axis(axis, whole.length);
  const behind = whole.length - start - shape.length;
  if (behind < 0 || shape.some((size, i) => size !== whole[start + i])) {
    throw layer.error(`its factors are [${shape}] from axis ${start} on, its input is [${whole}]`);
  }
  return [...shape, ...Array<number>(behind).fill(1)];
}

/** Within a channel: `x * (1 + alpha * averagePool(x²)) ^ -beta`; padding counts in the average. */
function lowerLrn(layer: LayerContext): readonly string[] {
  const settings = layer.settings("lrn_param");
  const size = settings.defaultedNumber("local_size");
  const alpha = settings.defaultedNumber("alpha");
  const beta = settings.defaultedNumber("beta");
  if (size % 2 === 0) throw layer.error(`its local_size is ${size}, expected an odd number`);
  if (settings.string("norm_region") === "ACROSS_CHANNELS") {
    return layer.output("LRN", [layer.input], {
      size: attribute.int(size),
      alpha: attribute.float(alpha),
      beta: attribute.float(beta),
      bias: attribute.float(settings.defaultedNumber("k")),
    });
  }
  const pad = (size - 1) / 2;
  const square = layer.emit("square", "Mul", { inputs: [layer.input, layer.input] });
  const mean = layer.emit("mean", "AveragePool", {
    inputs: [square],
    attributes: {
      kernel_shape: attribute.ints([size, size]),
      strides: attribute.ints([1, 1]),
      pads: attribute.ints([pad, pad, pad, pad]),
      count_include_pad: attribute.int(1),
    },
  });
  const scaled = layer.emit("scaled", "Mul", { inputs: [mean, layer.float("alpha", alpha)] });
  const base = layer.emit("base", "Add", { inputs: [scaled, layer.float("one", 1)] });
  const factor = layer.emit("factor", "Pow", { inputs: [base, layer.float("beta", -beta)] });
  return layer.output("Mul", [layer.input, factor]);
}

/** `(x - mean) / (deviation + eps)`; eps is added to the deviation, not to the variance. */
function lowerMvn(layer: LayerContext): readonly string[] {
  const settings = layer.settings("mvn_param");
  const rank = layer.shape(layer.input).length;
  const first = settings.boolean("across_channels") ? 1 : 2;
  if (rank <= first) {
    throw layer.error(`its input has ${rank} axes, expected at least ${first + 1}`);
  }
  const axes = layer.integers("axes", Array.from({ length: rank - first }, (_, i) => first + i));
  const mean = layer.emit("mean", "ReduceMean", { inputs: [layer.input, axes] });
  if (!settings.boolean("normalize_variance")) return layer.output("Sub", [layer.input, mean]);
  const centred = layer.emit("centred", "Sub", { inputs: [layer.input, mean] });
  const square = layer.emit("square", "Mul", { inputs: [centred, centred] });
  const variance = layer.emit("variance", "ReduceMean", { inputs: [square, axes] });
  const deviation = layer.emit("deviation", "Sqrt", { inputs: [variance] });
  const epsilon = layer.float("eps", settings.defaultedNumber("eps"));
  const divisor = layer.emit("divisor", "Add", { inputs: [deviation, epsilon] });
  return layer.output("Div", [centred, divisor]);
}

/** `x / sqrt(sum(x²) + eps) * scale`, the sum over all of an image or over its channels. */
function lowerNormalize(layer: LayerContext): readonly string[] {
  const settings = layer.settings("norm_param");
  const shape = layer.shape(layer.input);
  const channels = shape[1] ?? 1;
  const axes = settings.boolean("across_spatial") ? shape.map((_, axis) => axis).slice(1) : [1];
  const square = layer.emit("square", "Mul", { inputs: [layer.input, layer.input] });
  const sum = layer.emit("sum", "ReduceSum", { inputs: [square, layer.integers("axes", axes)] });
  const epsilon = layer.float("eps", settings.defaultedNumber("eps"));
  const norm = layer.emit("norm", "Sqrt", {
    inputs: [layer.emit("shifted", "Add", { inputs: [sum, epsilon] })],
  });
  const normal = layer.emit("normal", "Div", { inputs: [layer.input, norm] });
  const stored = layer.weights.tensor(
    0,
    "scale",
    settings.boolean("channel_shared") ? [1] : [channels],
  );
  const spreadTo = [stored.shape[0] ?? 1, ...shape.slice(2).map(() => 1)];
  const scale = viewTensor(stored, { kind: "reshape", shape: spreadTo });
  return layer.output("Mul", [normal, layer.tensor(scale)]);
}
