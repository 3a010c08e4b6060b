import { attribute } from "../../../../graph/mod.ts";
import { countElements } from "../../../../tensor/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that move elements or change the shape. */
export const SHAPING_LAYERS: Readonly<Record<string, LowerLayer>> = {
  Crop: lowerCrop,
  Flatten: lowerFlatten,
  Permute: lowerPermute,
  Reorg: lowerReorg,
  Reshape: lowerReshape,
  ShuffleChannel: lowerShuffleChannel,
  Tile: lowerTile,
};

function reshape(layer: LayerContext, input: string, shape: readonly number[]): readonly string[] {
  return layer.output("Reshape", [input, layer.integers("shape", shape)]);
}

function lowerFlatten(layer: LayerContext): readonly string[] {
  const settings = layer.settings("flatten_param");
  const shape = layer.shape(layer.input);
  const start = layer.axis(settings.defaultedNumber("axis"), shape.length);
  const end = layer.axis(settings.defaultedNumber("end_axis"), shape.length) + 1;
  if (end <= start) throw layer.error(`its end_axis ${end - 1} lies before its axis ${start}`);
  if (start === 1 && end === shape.length) {
    return layer.output("Flatten", [layer.input], { axis: attribute.int(1) });
  }
  return reshape(layer, layer.input, [
    ...shape.slice(0, start),
    countElements(shape.slice(start, end)),
    ...shape.slice(end),
  ]);
}

/** Replaces `num_axes` axes from `axis` on; 0 keeps a dimension, -1 takes what is left. */
function lowerReshape(layer: LayerContext): readonly string[] {
  const settings = layer.settings("reshape_param");
  const shape = layer.shape(layer.input);
  const dims = settings.message("shape").numbers("dim");
  const axis = settings.defaultedNumber("axis");
  const count = settings.defaultedNumber("num_axes");
  // An axis may lie behind the last one, and -1 means there.
  const start = axis < 0 ? axis + shape.length + 1 : axis;
  const end = count === -1 ? shape.length : start + count;
  if (start < 0 || start > shape.length || end > shape.length || count < -1) {
    throw layer.error(`it replaces ${count} axes from ${axis} on, its input is [${shape}]`);
  }
  const target = dims.map((dim, index) => {
    if (dim !== 0) return dim;
    const kept = shape[start + index];
    if (kept === undefined) {
      throw layer.error(`it keeps axis ${start + index}, its input is [${shape}]`);
    }
    return kept;
  });
  const result = [...shape.slice(0, start), ...target, ...shape.slice(end)];
  const open = result.indexOf(-1);
  if (open >= 0) {
    const known = countElements(result.filter((_, index) => index !== open));
    result[open] = countElements(shape) / known;
  }
  const fits = result.every((dim) => Number.isSafeInteger(dim) && dim > 0) &&
    countElements(result) === countElements(shape);
  if (!fits) throw layer.error(`its shape is [${dims}], its input is [${shape}]`);
  return reshape(layer, layer.input, result);
}

/** Axes that are not named follow in their order. */
function lowerPermute(layer: LayerContext): readonly string[] {
  const given = layer.settings("permute_param").numbers("order");
  const axes = layer.shape(layer.input).map((_, axis) => axis);
  if (new Set(given).size !== given.length || given.some((axis) => axis >= axes.length)) {
    throw layer.error(
      `its order is [${given}], expected some of 0 to ${axes.length - 1}, once each`,
    );
  }
  const order = [...given, ...axes.filter((axis) => !given.includes(axis))];
  return layer.output("Transpose", [layer.input], { perm: attribute.ints(order) });
}

/** Cuts the first bottom to the size of the second, from `axis` on. */
function lowerCrop(layer: LayerContext): readonly string[] {
  const settings = layer.settings("crop_param");
  const shape = layer.shape(layer.input);
  const target = layer.shape(layer.inputAt(1));
  const axis = layer.axis(settings.defaultedNumber("axis"), shape.length);
  const axes = Array.from({ length: shape.length - axis }, (_, index) => axis + index);
  const given = settings.numbers("offset");
  if (given.length > 1 && given.length !== axes.length) {
    throw layer.error(`it has ${given.length} offsets, expected one or ${axes.length}`);
  }
  const starts = axes.map((_, index) => given[given.length === 1 ? 0 : index] ?? 0);
  const ends = axes.map((at, index) => (starts[index] ?? 0) + (target[at] ?? 0));
  if (axes.some((at, index) => target[at] === undefined || (ends[index] ?? 0) > (shape[at] ?? 0))) {
    throw layer.error(`it cuts [${target}] with offsets [${starts}] out of [${shape}]`);
  }
  return layer.output("Slice", [
    layer.input,
    layer.integers("starts", starts),
    layer.integers("ends", ends),
    layer.integers("axes", axes),
  ]);
}

function lowerTile(layer: LayerContext): readonly string[] {
  const settings = layer.settings("tile_param");
  const shape = layer.shape(layer.input);
  const axis = layer.axis(settings.defaultedNumber("axis"), shape.length);
  const tiles = settings.number("tiles") ?? 0;
  if (tiles < 1) throw layer.error(`its tiles are ${tiles}, expected a positive integer`);
  const repeats = shape.map((_, at) => at === axis ? tiles : 1);
  return layer.output("Tile", [layer.input, layer.integers("repeats", repeats)]);
}

/** Takes channels as a matrix with a row a group, and turns that. */
function lowerShuffleChannel(layer: LayerContext): readonly string[] {
  const groups = layer.settings("shuffle_channel_param").defaultedNumber("group");
  const shape = layer.shape(layer.input);
  const [batch = 1, channels = 1, ...spatial] = shape;
  if (groups < 1 || channels % groups !== 0) {
    throw layer.error(`it has ${groups} groups, expected a divisor of its ${channels} channels`);
  }
  const rows = layer.emit("rows", "Reshape", {
    inputs: [
      layer.input,
      layer.integers("rows", [batch, groups, channels / groups, ...spatial]),
    ],
  });
  const perm = [0, 2, 1, ...spatial.map((_, axis) => 3 + axis)];
  const turned = layer.emit("turned", "Transpose", {
    inputs: [rows],
    attributes: { perm: attribute.ints(perm) },
  });
  return reshape(layer, turned, shape);
}

/**
 * YOLO's reorganization as darknet computes it: the image is taken as one of `channels / stride²`
 * channels and `stride` times the height and width, whatever it is, and every `stride`th row and
 * column of that becomes a channel.
 */
function lowerReorg(layer: LayerContext): readonly string[] {
  const settings = layer.settings("reorg_param");
  const stride = settings.number("stride") ?? 0;
  const [batch = 1, channels = 1, height = 1, width = 1] = layer.shape(layer.input);
  if (settings.boolean("reverse")) {
    throw layer.unsupported("it is reversed; one that is not would work");
  }
  const fits = stride > 0 && height % stride === 0 && width % stride === 0 &&
    channels % (stride * stride) === 0;
  if (!fits) {
    throw layer.error(
      `its stride is ${stride}, expected one that divides ${height} and ${width}, its square ` +
        `${channels}`,
    );
  }
  const split = [batch, channels * height / (stride * stride), stride, width, stride];
  const parts = layer.emit("parts", "Reshape", {
    inputs: [layer.input, layer.integers("parts", split)],
  });
  const turned = layer.emit("turned", "Transpose", {
    inputs: [parts],
    attributes: {
      perm: attribute.ints([0, 2, 4, 1, 3]),
    },
  });
  const result = [batch, channels * stride * stride, height / stride, width / stride];
  return reshape(layer, turned, result);
}
