import { FormatError } from "../../../errors.ts";
import { CaffeMessage } from "../read/caffe_message.ts";
import { V1_LAYER_TYPES } from "../schema/net_parameter.ts";
import type { CaffeLayer } from "./caffe_layer.ts";
import { upgradeV0Layers } from "./upgrade_v0_layers.ts";

/** Layer types that today have another name. */
const RENAMED_TYPES: ReadonlyMap<string, string> = new Map([
  ["ConvolutionDepthwise", "DepthwiseConvolution"],
]);

/**
 * Lists the layers of a net of any version as Caffe does before it runs one: layers of versions 0
 * and 1 under today's names, inputs that the net declares as `Input` layers in front.
 *
 * @param net The `NetParameter`.
 * @param file The file, for errors.
 * @throws {FormatError} If layers of several versions are mixed, or the declared inputs contradict
 *   each other.
 */
export function upgradeNet(net: CaffeMessage, file: string): readonly CaffeLayer[] {
  const layers = net.messages("layer");
  const old = net.messages("layers");
  if (layers.length > 0 && old.length > 0) {
    throw new FormatError(
      `Cannot read "${file}": it has both "layer" and "layers", expected one of them`,
      { file },
    );
  }
  const first = old.some((layer) => layer.has("layer")) ? upgradeV0Layers(old, file) : old;
  return [
    ...inputLayers(net, file),
    ...layers.map(currentLayer),
    ...first.map((layer) => version1Layer(layer)),
  ];
}

function currentLayer(message: CaffeMessage): CaffeLayer {
  const type = message.string("type");
  return {
    ...common(message),
    type: RENAMED_TYPES.get(type) ?? type,
    sharedNames: message.messages("param").map((param) => param.string("name")),
  };
}

function version1Layer(message: CaffeMessage): CaffeLayer {
  const [, type = ""] = V1_LAYER_TYPES[message.string("type")] ?? [];
  return { ...common(message), type, sharedNames: message.strings("param") };
}

function common(message: CaffeMessage): Omit<CaffeLayer, "type" | "sharedNames"> {
  return {
    name: message.string("name"),
    bottoms: message.strings("bottom"),
    tops: message.strings("top"),
    blobs: message.blobs,
    include: message.messages("include"),
    exclude: message.messages("exclude"),
    message,
  };
}

/** Inputs declared at the net, with `input_shape` each or with four of `input_dim` each. */
function inputLayers(net: CaffeMessage, file: string): CaffeLayer[] {
  const names = net.strings("input");
  const shapes = net.messages("input_shape").map((shape) => shape.numbers("dim"));
  const dimensions = net.numbers("input_dim");
  if (shapes.length === 0) {
    for (let start = 0; start < dimensions.length; start += 4) {
      shapes.push(dimensions.slice(start, start + 4));
    }
  }
  const complete = shapes.length === 0 || shapes.length === names.length;
  if (!complete || dimensions.length % 4 !== 0) {
    throw new FormatError(
      `Cannot read "${file}": it declares ${names.length} inputs with ${shapes.length} shapes and ` +
        `${dimensions.length} of "input_dim", expected a shape or four of "input_dim" for each`,
      { file },
    );
  }
  return names.map((name, index): CaffeLayer => {
    const message = new CaffeMessage("LayerParameter");
    const parameter = new CaffeMessage("Input");
    const dims = shapes[index];
    if (dims !== undefined) {
      const shape = new CaffeMessage("BlobShape");
      for (const dim of dims) shape.add("dim", dim);
      parameter.add("shape", shape);
    }
    message.add("name", name);
    message.add("top", name);
    message.add("input_param", parameter);
    return { ...common(message), type: "Input", sharedNames: [] };
  });
}
