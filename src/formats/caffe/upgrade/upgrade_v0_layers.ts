import { FormatError } from "../../../errors.ts";
import { CaffeMessage, type CaffeValue } from "../read/caffe_message.ts";

/** Layer types of version 0, under version 1's names. */
const TYPES: Readonly<Record<string, string>> = {
  accuracy: "ACCURACY",
  bnll: "BNLL",
  concat: "CONCAT",
  conv: "CONVOLUTION",
  data: "DATA",
  dropout: "DROPOUT",
  euclidean_loss: "EUCLIDEAN_LOSS",
  flatten: "FLATTEN",
  hdf5_data: "HDF5_DATA",
  hdf5_output: "HDF5_OUTPUT",
  im2col: "IM2COL",
  images: "IMAGE_DATA",
  infogain_loss: "INFOGAIN_LOSS",
  innerproduct: "INNER_PRODUCT",
  lrn: "LRN",
  multinomial_logistic_loss: "MULTINOMIAL_LOGISTIC_LOSS",
  pool: "POOLING",
  relu: "RELU",
  sigmoid: "SIGMOID",
  softmax: "SOFTMAX",
  softmax_loss: "SOFTMAX_LOSS",
  split: "SPLIT",
  tanh: "TANH",
  window_data: "WINDOW_DATA",
};

/** Where the settings of a layer type go: the field, its message, and new names of settings. */
const SETTINGS: Readonly<
  Record<string, readonly [field: string, type: string, names: Readonly<Record<string, string>>]>
> = {
  concat: ["concat_param", "Concat", { concat_dim: "concat_dim" }],
  conv: ["convolution_param", "Convolution", {
    num_output: "num_output",
    biasterm: "bias_term",
    pad: "pad",
    kernelsize: "kernel_size",
    group: "group",
    stride: "stride",
  }],
  innerproduct: ["inner_product_param", "InnerProduct", {
    num_output: "num_output",
    biasterm: "bias_term",
  }],
  lrn: ["lrn_param", "LRN", { local_size: "local_size", alpha: "alpha", beta: "beta", k: "k" }],
  pool: ["pooling_param", "Pooling", {
    pool: "pool",
    pad: "pad",
    kernelsize: "kernel_size",
    stride: "stride",
  }],
};

const ALL_SETTINGS = [
  ...["num_output", "biasterm", "pad", "kernelsize", "group", "stride", "pool", "local_size"],
  ...["alpha", "beta", "k", "concat_dim"],
];

/** A connection of version 0, with the settings of its layer inside. */
interface Connection {
  readonly layer: CaffeMessage;
  readonly bottoms: readonly string[];
  readonly tops: readonly string[];
  /** Padding from a layer in front that did nothing else. */
  readonly pad?: number;
}

/**
 * Turns layers of version 0 into ones of version 1, as Caffe does: settings go into a message of
 * their type, and layers that only pad become the padding of the convolution or pool behind them.
 *
 * @param connections The messages `layers` of the net, each with a `layer` inside.
 * @param file The file, for errors.
 * @throws {FormatError} If a type or a setting of a type is not known, or a layer that pads feeds
 *   anything else.
 */
export function upgradeV0Layers(
  connections: readonly CaffeMessage[],
  file: string,
): readonly CaffeMessage[] {
  const read = connections.map((message): Connection => ({
    layer: message.message("layer"),
    bottoms: message.strings("bottom"),
    tops: message.strings("top"),
  }));
  return foldPadding(read, file).map((connection) => upgradeLayer(connection, file));
}

function foldPadding(connections: readonly Connection[], file: string): Connection[] {
  const padding = new Map<string, Connection>();
  const others: Connection[] = [];
  for (const connection of connections) {
    const { layer, bottoms, tops } = connection;
    const type = layer.string("type");
    const padded = bottoms.map((bottom) => padding.get(bottom)).find((found) => found);
    if (padded !== undefined) {
      const [source] = padded.bottoms;
      const fits = (type === "conv" || type === "pool") && bottoms.length === 1 &&
        padded.bottoms.length === 1;
      if (!fits || source === undefined) {
        throw layerError(layer, {
          file,
          problem: `it reads from padding layer "${padded.layer.string("name")}", ` +
            `expected a convolution or pool behind that`,
        });
      }
      const pad = padded.layer.number("pad") ?? 0;
      others.push({ ...connection, bottoms: [source], pad });
    } else if (type !== "padding") others.push(connection);
    for (const top of tops) {
      if (type === "padding") padding.set(top, connection);
      else padding.delete(top);
    }
  }
  return others;
}

function upgradeLayer({ layer, bottoms, tops, pad }: Connection, file: string): CaffeMessage {
  const message = new CaffeMessage("V1LayerParameter");
  const old = layer.string("type");
  const type = Object.hasOwn(TYPES, old) ? TYPES[old] : undefined;
  if (type === undefined) {
    throw layerError(layer, { file, problem: `version 0 has no layer type "${old}"` });
  }
  message.add("name", layer.string("name"));
  message.add("type", type);
  for (const bottom of bottoms) message.add("bottom", bottom);
  for (const top of tops) message.add("top", top);
  message.blobs.push(...layer.blobs);
  message.unknown.push(...layer.unknown);
  const [field, parameterType, names] = SETTINGS[old] ?? ["", "", {}];
  const parameter = new CaffeMessage(parameterType);
  for (const setting of ALL_SETTINGS) {
    const value = setting === "pad" && pad !== undefined ? pad : valueOf(layer, setting);
    if (value === undefined) continue;
    const name = names[setting];
    if (name === undefined) {
      throw layerError(layer, { file, problem: `layers of type "${old}" have no "${setting}"` });
    }
    parameter.add(name, value);
  }
  if (field !== "") message.add(field, parameter);
  return message;
}

function valueOf(layer: CaffeMessage, setting: string): CaffeValue | undefined {
  if (!layer.has(setting)) return undefined;
  return layer.number(setting) ?? layer.boolean(setting) ?? layer.string(setting);
}

function layerError(
  layer: CaffeMessage,
  { file, problem }: { readonly file: string; readonly problem: string },
): FormatError {
  return new FormatError(`Cannot read layer "${layer.string("name")}" of "${file}": ${problem}`, {
    file,
  });
}
