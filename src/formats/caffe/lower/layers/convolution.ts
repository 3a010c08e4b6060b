import { attribute } from "../../../../graph/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";
import { windowSetting } from "./window.ts";

/** Layers that convolve. */
export const CONVOLUTION_LAYERS: Readonly<Record<string, LowerLayer>> = {
  Convolution: (layer) => lowerConvolution(layer),
  Deconvolution: (layer) => lowerConvolution(layer),
  DepthwiseConvolution: (layer) => lowerConvolution(layer),
};

/**
 * Weights are `[outputs, inputs / group, kernel…]`, of a deconvolution
 * `[inputs, outputs / group, kernel…]`, both as in ONNX.
 */
function lowerConvolution(layer: LayerContext): readonly string[] {
  const settings = layer.settings("convolution_param");
  const { type } = layer.layer;
  const shape = layer.shape(layer.input);
  if (layer.inputs.length !== 1) {
    throw layer.unsupported(`it has ${layer.inputs.length} bottoms; one would work`);
  }
  if (layer.axis(settings.defaultedNumber("axis"), shape.length) !== 1) {
    throw layer.unsupported("its channels are not axis 1; with axis 1 it would work");
  }
  const axes = shape.length - 2;
  if (axes < 1) throw layer.error(`its input is [${shape}], expected at least one spatial axis`);
  const window = { axes, pair: ["", ""] as const };
  const kernel = windowSetting(layer, settings, {
    ...window,
    list: "kernel_size",
    pair: ["kernel_h", "kernel_w"],
    least: 1,
  });
  const strides = windowSetting(layer, settings, {
    ...window,
    list: "stride",
    pair: ["stride_h", "stride_w"],
    fallback: 1,
    least: 1,
  });
  const pads = windowSetting(layer, settings, {
    ...window,
    list: "pad",
    pair: ["pad_h", "pad_w"],
    fallback: 0,
    least: 0,
  });
  const dilations = windowSetting(layer, settings, {
    ...window,
    list: "dilation",
    pair: ["dilation_h", "dilation_w"],
    fallback: 1,
    least: 1,
  });
  const outputs = settings.number("num_output") ?? 0;
  if (outputs < 1) throw layer.error('its "num_output" is missing, expected a positive integer');
  const channels = shape[1] ?? 0;
  const group = type === "DepthwiseConvolution" ? channels : settings.defaultedNumber("group");
  if (group < 1 || channels % group !== 0 || outputs % group !== 0) {
    throw layer.error(
      `it has ${group} groups, expected a divisor of its ${channels} inputs and ${outputs} outputs`,
    );
  }
  const [first, second] = type === "Deconvolution" ? [channels, outputs] : [outputs, channels];
  const weight = layer.weights.tensor(0, "weight", [first, second / group, ...kernel]);
  const inputs = [layer.input, layer.tensor(weight)];
  if (settings.boolean("bias_term")) {
    inputs.push(layer.tensor(layer.weights.tensor(1, "bias", [outputs])));
  }
  return layer.output(type === "Deconvolution" ? "ConvTranspose" : "Conv", inputs, {
    kernel_shape: attribute.ints(kernel),
    strides: attribute.ints(strides),
    pads: attribute.ints([...pads, ...pads]),
    dilations: attribute.ints(dilations),
    group: attribute.int(group),
  });
}
