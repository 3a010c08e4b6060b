import { attribute } from "../../../../graph/mod.ts";
import type { CaffeMessage } from "../../read/caffe_message.ts";
import { viewTensor } from "../../../../tensor/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that change each element on its own. */
export const ACTIVATION_LAYERS: Readonly<Record<string, LowerLayer>> = {
  AbsVal: (layer) => layer.output("Abs", [layer.input]),
  BNLL: (layer) => layer.output("Softplus", [layer.input]),
  Clip: lowerClip,
  ELU: (layer) => {
    const alpha = layer.settings("elu_param").defaultedNumber("alpha");
    return layer.output("Elu", [layer.input], { alpha: attribute.float(alpha) });
  },
  Exp: lowerExp,
  Log: lowerLog,
  PReLU: lowerPrelu,
  Power: lowerPower,
  ReLU: lowerRelu,
  ReLU6: lowerRelu6,
  Sigmoid: (layer) => layer.output("Sigmoid", [layer.input]),
  Swish: lowerSwish,
  TanH: (layer) => layer.output("Tanh", [layer.input]),
  Threshold: lowerThreshold,
};

function lowerRelu(layer: LayerContext): readonly string[] {
  const slope = layer.settings("relu_param").defaultedNumber("negative_slope");
  return slope === 0
    ? layer.output("Relu", [layer.input])
    : layer.output("LeakyRelu", [layer.input], { alpha: attribute.float(slope) });
}

function lowerRelu6(layer: LayerContext): readonly string[] {
  const settings = layer.settings("relu6_param");
  if (settings.defaultedNumber("negative_slope") !== 0) {
    throw layer.unsupported("it has a negative slope; a slope of 0 would work");
  }
  const limit = layer.float("limit", settings.defaultedNumber("threshold"));
  return layer.output("Clip", [layer.input, layer.float("zero", 0), limit]);
}

function lowerClip(layer: LayerContext): readonly string[] {
  const settings = layer.settings("clip_param");
  const [min, max] = [settings.number("min"), settings.number("max")];
  if (min === undefined || max === undefined) {
    throw layer.error('it has no "min" or no "max", expected both');
  }
  return layer.output("Clip", [layer.input, layer.float("min", min), layer.float("max", max)]);
}

/** One slope, or one a channel. */
function lowerPrelu(layer: LayerContext): readonly string[] {
  const shape = layer.shape(layer.input);
  const shared = layer.settings("prelu_param").boolean("channel_shared") === true;
  const slopes = shared ? 1 : shape[1] ?? 1;
  const stored = layer.weights.tensor(0, "slope", [slopes]);
  const spread = shared ? [1] : [slopes, ...shape.slice(2).map(() => 1)];
  const slope = layer.tensor(viewTensor(stored, { kind: "reshape", shape: spread }));
  return layer.output("PRelu", [layer.input, slope]);
}

function lowerSwish(layer: LayerContext): readonly string[] {
  const beta = layer.settings("swish_param").defaultedNumber("beta");
  const scaled = affine(layer, { scale: beta, shift: 0 });
  const gate = layer.emit("gate", "Sigmoid", { inputs: [scaled] });
  return layer.output("Mul", [layer.input, gate]);
}

function lowerThreshold(layer: LayerContext): readonly string[] {
  const limit = layer.settings("threshold_param").defaultedNumber("threshold");
  const above = layer.emit("above", "Greater", {
    inputs: [layer.input, layer.float("limit", limit)],
  });
  return layer.output("Cast", [above], { to: attribute.int(1) });
}

/** `(shift + scale * x) ^ power` */
function lowerPower(layer: LayerContext): readonly string[] {
  const settings = layer.settings("power_param");
  const power = settings.defaultedNumber("power");
  const { scale, shift } = affineOf(settings);
  if (power * scale === 0) {
    throw layer.unsupported("its result does not depend on its input; leave it out");
  }
  if (power !== 1) {
    const base = affine(layer, { scale, shift });
    return layer.output("Pow", [base, layer.float("power", power)]);
  }
  if (scale !== 1 && shift !== 0) {
    const scaled = affine(layer, { scale, shift: 0 });
    return layer.output("Add", [scaled, layer.float("shift", shift)]);
  }
  if (scale !== 1) return layer.output("Mul", [layer.input, layer.float("scale", scale)]);
  if (shift !== 0) return layer.output("Add", [layer.input, layer.float("shift", shift)]);
  return layer.output("Identity", [layer.input]);
}

/** `base ^ (shift + scale * x)`, as a power of e. */
function lowerExp(layer: LayerContext): readonly string[] {
  const settings = layer.settings("exp_param");
  const factor = logarithmOf(layer, settings);
  const { scale, shift } = affineOf(settings);
  return layer.output("Exp", [affine(layer, { scale: scale * factor, shift: shift * factor })]);
}

/** Logarithm to `base` of `shift + scale * x`. */
function lowerLog(layer: LayerContext): readonly string[] {
  const settings = layer.settings("log_param");
  const factor = logarithmOf(layer, settings);
  const argument = affine(layer, affineOf(settings));
  if (factor === 1) return layer.output("Log", [argument]);
  const natural = layer.emit("natural", "Log", { inputs: [argument] });
  return layer.output("Mul", [natural, layer.float("factor", 1 / factor)]);
}

function affineOf(settings: CaffeMessage): { readonly scale: number; readonly shift: number } {
  return { scale: settings.defaultedNumber("scale"), shift: settings.defaultedNumber("shift") };
}

/** The natural logarithm of the base; -1 stands for e. */
function logarithmOf(layer: LayerContext, settings: CaffeMessage): number {
  const base = settings.defaultedNumber("base");
  if (base === -1) return 1;
  if (base > 0) return Math.log(base);
  throw layer.error(`its base is ${base}, expected a positive number, or -1 for e`);
}

function affine(
  layer: LayerContext,
  { scale, shift }: { readonly scale: number; readonly shift: number },
): string {
  const scaled = scale === 1
    ? layer.input
    : layer.emit("scaled", "Mul", { inputs: [layer.input, layer.float("scale", scale)] });
  return shift === 0
    ? scaled
    : layer.emit("shifted", "Add", { inputs: [scaled, layer.float("shift", shift)] });
}
