import { FormatError } from "../../errors.ts";
import type { DenseTensor, TensorData } from "../../tensor/mod.ts";
import type { Pixels } from "./decode_image.ts";
import { resizeBilinear } from "./resize_bilinear.ts";

/** A photo of one row, resized by its shorter side, would fill the memory. */
const MAX_RESIZED_PIXELS = 64 * 1024 * 1024;

/** How a photo becomes a network input. Steps run in the order of the members. */
export interface PreprocessOptions {
  /**
   * Resize before cropping: a number is the new length of the shorter side, a pair is
   * `[width, height]` without regard to the proportions. Bilinear with antialiasing, to the
   * bytes that Pillow gives.
   *
   * @default {the network's input size}
   */
  readonly resize?: number | readonly [number, number];
  /**
   * Size of the centre crop, `[width, height]`.
   *
   * @default {the network's input size}
   */
  readonly crop?: readonly [number, number];
  /**
   * Subtracted from each channel (0 to 255), in the order the network takes channels.
   *
   * @default {[0]}
   */
  readonly mean?: readonly number[];
  /**
   * Each channel is divided by it after the mean is taken away.
   *
   * @default {[1]}
   */
  readonly std?: readonly number[];
  /**
   * Order of the channels in the network's input.
   *
   * @default {"rgb"}
   */
  readonly channelOrder?: "rgb" | "bgr";
}

/** Where channels, rows and columns stand in a network's image input. */
export interface ImageLayout {
  /** 1 (grey) or 3. */
  readonly channels: number;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Whether the channel comes last. */
  readonly channelsLast: boolean;
}

/**
 * Finds the image in an input's shape: `[1, c, h, w]`, `[1, h, w, c]`, or the same without the 1,
 * with `c` of 1 or 3.
 *
 * @throws {RangeError} If the shape is none of these.
 */
export function imageLayoutOf(name: string, shape: readonly number[]): ImageLayout {
  const [a, b, c] = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const rank = shape.length;
  if (a !== undefined && b !== undefined && c !== undefined && (rank === 3 || rank === 4)) {
    // Three channels first: an image of 1 or 3 columns is less likely than one of colours.
    for (const channels of [3, 1]) {
      if (a === channels) return { channels, height: b, width: c, channelsLast: false };
      if (c === channels) return { channels, height: a, width: b, channelsLast: true };
    }
  }
  throw new RangeError(
    `Cannot feed images to input "${name}": its shape is [${shape}], ` +
      "expected [1, channels, height, width] or [1, height, width, channels] with 1 or 3 channels",
  );
}

/**
 * Resizes, crops and normalizes a photo: `(pixel - mean) / std`.
 *
 * @param pixels The decoded photo.
 * @param input Name and shape of the network input.
 * @param options The steps.
 * @returns A float32 tensor of the input's shape.
 * @throws {FormatError} If the resized photo is smaller than the crop, or has too many pixels.
 * @throws {RangeError} If the input is no image.
 */
export function preprocess(
  pixels: Pixels,
  input: { readonly name: string; readonly shape: readonly number[] },
  options: PreprocessOptions = {},
): DenseTensor {
  const layout = imageLayoutOf(input.name, input.shape);
  const size = sizeFor(pixels, options.resize ?? [layout.width, layout.height]);
  if (size[0] * size[1] > MAX_RESIZED_PIXELS) {
    throw new FormatError(
      `Cannot resize a photo of ${pixels.width}x${pixels.height} to ${size.join("x")}: ` +
        `at most ${MAX_RESIZED_PIXELS} pixels are held`,
    );
  }
  const resized = resizeBilinear(pixels, size);
  const [cropWidth, cropHeight] = options.crop ?? [layout.width, layout.height];
  if (cropWidth !== layout.width || cropHeight !== layout.height) {
    throw new RangeError(
      `Cannot crop to ${cropWidth}x${cropHeight}: input "${input.name}" takes ` +
        `${layout.width}x${layout.height}`,
    );
  }
  if (resized.width < cropWidth || resized.height < cropHeight) {
    throw new FormatError(
      `Cannot crop a photo of ${resized.width}x${resized.height} to ${cropWidth}x${cropHeight}: ` +
        "resize it to at least the crop's size",
    );
  }
  return { dtype: "float32", shape: input.shape, data: normalize(resized, layout, options) };
}

/** The size after a resize of the shorter side, as scripts with Pillow's `resize` compute it. */
function sizeFor(
  { width, height }: Pixels,
  target: number | readonly [number, number],
): readonly [number, number] {
  if (typeof target !== "number") return target;
  return width < height
    ? [target, roundHalfToEven(target * height / width)]
    : [roundHalfToEven(target * width / height), target];
}

/** Python's `round`: photos of 3:2 resized to an odd number end in a half. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** ITU-R BT.601 luma, what PIL's "L" mode uses. */
const LUMA = [0.299, 0.587, 0.114] as const;

function normalize(pixels: Pixels, layout: ImageLayout, options: PreprocessOptions): TensorData {
  const { channels, height, width, channelsLast } = layout;
  const { data } = pixels;
  const left = (pixels.width - width) >> 1;
  const top = (pixels.height - height) >> 1;
  const plane = height * width;
  const result = new Float32Array(channels * plane);
  for (let channel = 0; channel < channels; channel++) {
    const mean = pick(options.mean ?? [0], channel, channels, "mean");
    const factor = 1 / pick(options.std ?? [1], channel, channels, "std");
    const component = options.channelOrder === "bgr" ? 2 - channel : channel;
    for (let y = 0; y < height; y++) {
      let from = 4 * ((top + y) * pixels.width + left);
      let to = channelsLast ? y * width * channels + channel : channel * plane + y * width;
      const step = channelsLast ? channels : 1;
      for (let x = 0; x < width; x++, from += 4, to += step) {
        const value = channels === 3
          ? data[from + component] ?? 0
          : LUMA[0] * (data[from] ?? 0) + LUMA[1] * (data[from + 1] ?? 0) +
            LUMA[2] * (data[from + 2] ?? 0);
        result[to] = (value - mean) * factor;
      }
    }
  }
  return result;
}

function pick(values: readonly number[], channel: number, channels: number, what: string): number {
  const value = values.length === 1 ? values[0] : values[channel];
  if (value === undefined || (values.length !== 1 && values.length !== channels)) {
    throw new RangeError(
      `Cannot normalize an image of ${channels} channels: ${what} has ${values.length} values, ` +
        `expected 1 or ${channels}`,
    );
  }
  return value;
}
