import type { CaffeMessage } from "../../read/caffe_message.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers whose result depends on shapes only. */
export const CONSTANT_LAYERS: Readonly<Record<string, LowerLayer>> = {
  Parameter: (layer) => {
    const shape = layer.settings("parameter_param").message("shape").numbers("dim");
    return [layer.tensor(layer.weights.tensor(0, "value", shape))];
  },
  PriorBox: lowerPriorBox,
};

/** Ratios closer than this are one. */
const SAME_RATIO = 1e-6;

/** More priors than any detector has. */
const MAX_PRIORS = 10_000_000;

/** A box around the centre of a cell, in pixels. */
interface BoxSize {
  readonly width: number;
  readonly height: number;
}

/**
 * SSD's default boxes: `[1, 2, cells * boxes * 4]`, corners from 0 to 1 in the first row and
 * variances in the second (`PriorBoxLayer::Forward_cpu`, single precision).
 */
function lowerPriorBox(layer: LayerContext): readonly string[] {
  const settings = layer.settings("prior_box_param");
  const [, , rows = 1, columns = 1] = layer.shape(layer.input);
  const boxes = boxSizes(layer, settings);
  const elements = rows * columns * boxes.length * 4;
  if (elements > MAX_PRIORS) throw layer.unsupported(`it makes ${elements / 4} boxes`);
  const [imageHeight, imageWidth] = imageSize(layer, settings);
  const [stepY, stepX] = steps(settings, {
    y: imageHeight / rows,
    x: imageWidth / columns,
  });
  const offset = settings.defaultedNumber("offset");
  const variances = variancesOf(layer, settings);
  const values = new Float32Array(2 * elements);
  let place = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const centreX = Math.fround((column + offset) * stepX);
      const centreY = Math.fround((row + offset) * stepY);
      for (const { width, height } of boxes) {
        values[place++] = (centreX - width / 2) / imageWidth;
        values[place++] = (centreY - height / 2) / imageHeight;
        values[place++] = (centreX + width / 2) / imageWidth;
        values[place++] = (centreY + height / 2) / imageHeight;
      }
    }
  }
  if (settings.boolean("clip")) {
    for (let index = 0; index < elements; index++) {
      values[index] = Math.min(Math.max(values[index] ?? 0, 0), 1);
    }
  }
  for (let index = 0; index < elements; index++) {
    values[elements + index] = variances[index % variances.length] ?? 0;
  }
  return [layer.floats("boxes", values, [1, 2, elements])];
}

/** For each size: the square, the square between it and the larger size, then the other ratios. */
function boxSizes(layer: LayerContext, settings: CaffeMessage): readonly BoxSize[] {
  const sizes = settings.numbers("min_size");
  const larger = settings.numbers("max_size");
  if (sizes.length === 0 || !sizes.every((size) => size > 0)) {
    throw layer.error(`its min_size is [${sizes}], expected positive numbers`);
  }
  const fits = larger.length === 0 ||
    larger.length === sizes.length && larger.every((size, i) => size > (sizes[i] ?? 0));
  if (!fits) throw layer.error(`its max_size is [${larger}], expected larger ones than [${sizes}]`);
  const ratios = aspectRatios(layer, settings);
  return sizes.flatMap((size, index) => {
    const upper = larger[index];
    const middle = upper === undefined ? [] : [Math.fround(Math.sqrt(size * upper))];
    return [
      ...[size, ...middle].map((side) => ({ width: side, height: side })),
      ...ratios.map((ratio) => ({
        width: Math.fround(size * Math.sqrt(ratio)),
        height: Math.fround(size / Math.sqrt(ratio)),
      })),
    ];
  });
}

/** The ratios other than 1, each with its inverse if boxes are flipped. */
function aspectRatios(layer: LayerContext, settings: CaffeMessage): readonly number[] {
  const ratios = [1];
  for (const given of settings.numbers("aspect_ratio")) {
    const ratio = Math.fround(given);
    if (!(ratio > 0)) throw layer.error(`its aspect_ratio is ${given}, expected a positive number`);
    if (ratios.some((known) => Math.abs(known - ratio) < SAME_RATIO)) continue;
    ratios.push(ratio);
    if (settings.boolean("flip")) ratios.push(Math.fround(1 / ratio));
  }
  return ratios.slice(1);
}

function imageSize(layer: LayerContext, settings: CaffeMessage): readonly [number, number] {
  const size = settings.number("img_size");
  const height = settings.number("img_h") ?? size ?? 0;
  const width = settings.number("img_w") ?? size ?? 0;
  if (height > 0 && width > 0) return [height, width];
  const [, , imageHeight = 0, imageWidth = 0] = layer.shape(layer.inputAt(1));
  if (imageHeight > 0 && imageWidth > 0) return [imageHeight, imageWidth];
  throw layer.error(`its second bottom is [${layer.shape(layer.inputAt(1))}], expected an image`);
}

function steps(
  settings: CaffeMessage,
  computed: { readonly y: number; readonly x: number },
): readonly [number, number] {
  const step = settings.number("step");
  const y = settings.number("step_h") ?? step ?? 0;
  const x = settings.number("step_w") ?? step ?? 0;
  return x === 0 || y === 0 ? [Math.fround(computed.y), Math.fround(computed.x)] : [y, x];
}

function variancesOf(layer: LayerContext, settings: CaffeMessage): readonly number[] {
  const given = settings.numbers("variance");
  if (given.length === 0) return [0.1];
  if ((given.length === 1 || given.length === 4) && given.every((value) => value > 0)) return given;
  throw layer.error(`its variance is [${given}], expected one or four positive numbers`);
}
