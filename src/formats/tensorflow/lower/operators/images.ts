import type { Attribute } from "../../../../graph/mod.ts";
import { badNode, unsupportedNode } from "../../unsupported_node.ts";
import { float, int, text } from "../attributes.ts";
import { ImageLayout } from "../layout.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorRule, OperatorTable } from "../operator_rule.ts";
import { resizeBicubic } from "./bicubic.ts";

/** How ONNX says where TensorFlow finds the pixel of the input. */
function transformOf(node: NodeLowering): string {
  const corners = node.bool("align_corners", false);
  const half = node.bool("half_pixel_centers", false);
  if (corners && half) {
    throw badNode(node, "it has align_corners and half_pixel_centers, expected one of them");
  }
  return corners ? "align_corners" : half ? "half_pixel" : "asymmetric";
}

/**
 * Nearest neighbours: `floor(x * scale)`; with half pixels `floor((x + 0.5) * scale)`, which is the
 * nearest to `(x + 0.5) * scale - 0.5` where ties go up; with aligned corners the nearest, ties up.
 */
function nearestMode(transform: string): string {
  return transform === "asymmetric" ? "floor" : "round_prefer_ceil";
}

function resize(mode: "linear" | "nearest"): OperatorRule {
  return async (node) => {
    const layout = new ImageLayout(node);
    const sizes = await node.numbers(1, "its size");
    if (sizes.length !== 2 || layout.spatialRank !== 2 || sizes.some((size) => size < 1)) {
      throw badNode(node, `its size is [${sizes}], expected height and width`);
    }
    const transform = transformOf(node);
    const image = await layout.first(node.input(0));
    const [batch = 1, channels = 1] = node.type(image).shape;
    const target = node.addIntegers("sizes", [batch, channels, ...sizes]);
    const attributes: Record<string, Attribute> = {
      mode: text(mode),
      coordinate_transformation_mode: text(transform),
    };
    if (mode === "nearest") attributes.nearest_mode = text(nearestMode(transform));
    return await layout.finish("Resize", [image, "", "", target], attributes);
  };
}

/** Boxes that are constant are cut out one by one: ONNX's `tf_crop_and_resize` has this meaning. */
async function cropAndResize(node: NodeLowering): Promise<string> {
  const boxes = await node.numbers(1, "its boxes");
  const entries = await node.numbers(2, "the images of its boxes");
  const [height = 1, width = 1] = await node.numbers(3, "the size of its crops");
  const method = node.text("method", "bilinear");
  if (method !== "bilinear") {
    throw unsupportedNode(node, `its method is "${method}"; supported is bilinear`);
  }
  const layout = new ImageLayout(node);
  const images = await layout.first(node.input(0));
  const [batch = 1, channels = 1] = node.type(images).shape;
  if (boxes.length !== 4 * entries.length || entries.length === 0) {
    throw badNode(node, `it has ${boxes.length} limits of ${entries.length} boxes`);
  }
  const crops: string[] = [];
  const sizes = node.addIntegers("sizes", [1, channels, height, width]);
  for (const [index, entry] of entries.entries()) {
    if (!(entry >= 0 && entry < batch)) {
      throw badNode(node, `box ${index} is of image ${entry}, there are ${batch}`);
    }
    const [top = 0, left = 0, bottom = 1, right = 1] = boxes.slice(4 * index, 4 * index + 4);
    const image = batch === 1 ? images : await node.emit("Slice", [
      images,
      node.addIntegers("starts", [entry]),
      node.addIntegers("ends", [entry + 1]),
      node.addIntegers("axes", [0]),
    ]);
    const region = node.model.addDense(`${node.name}:region`, {
      dtype: "float32",
      shape: [8],
      data: Float32Array.of(0, 0, top, left, 1, 1, bottom, right),
    });
    crops.push(
      await node.emit("Resize", [image, region, "", sizes], {
        mode: text("linear"),
        coordinate_transformation_mode: text("tf_crop_and_resize"),
        extrapolation_value: float(node.float("extrapolation_value", 0)),
      }),
    );
  }
  return await layout.finish("Concat", crops, { axis: int(0) });
}

/** Pads `[begin, end]` for each axis. */
function pad(mode: "constant" | "mirror"): OperatorRule {
  return async (node) => {
    const paddings = await node.numbers(1, "its paddings");
    const rank = node.shape(0).length;
    if (paddings.length !== 2 * rank || paddings.some((padding) => padding < 0)) {
      throw badNode(node, `its paddings are [${paddings}], expected ${2 * rank} numbers`);
    }
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const pads = [0, 1].flatMap((end) => axes.map((axis) => paddings[2 * axis + end] ?? 0));
    const inputs = [node.input(0), node.addIntegers("pads", pads)];
    if (mode === "constant") {
      if (node.operator === "PadV2") inputs.push(node.input(2));
      const result = await node.finish("Pad", inputs, { mode: text("constant") });
      if (node.operator === "Pad") {
        node.model.zeroPadded.set(result, {
          source: node.input(0),
          pads: axes.map((axis) => [paddings[2 * axis] ?? 0, paddings[2 * axis + 1] ?? 0]),
        });
      }
      return result;
    }
    const kind = node.text("mode", "REFLECT");
    if (kind === "REFLECT") return await node.finish("Pad", inputs, { mode: text("reflect") });
    return await padSymmetrically(node, pads);
  };
}

/** SYMMETRIC repeats the border itself: along each axis the mirrored slices are put around. */
async function padSymmetrically(node: NodeLowering, pads: readonly number[]): Promise<string> {
  const shape = node.shape(0);
  let value = node.input(0);
  for (const [axis, length] of shape.entries()) {
    const [begin = 0, end = 0] = [pads[axis], pads[axis + shape.length]];
    if (begin > length || end > length) {
      throw badNode(node, `it pads axis ${axis} of ${length} by ${Math.max(begin, end)}`);
    }
    const mirror = async (start: number, count: number): Promise<string> =>
      await node.emit("Slice", [
        value,
        node.addIntegers("starts", [start]),
        node.addIntegers("ends", [start - count < 0 ? -1 - length : start - count]),
        node.addIntegers("axes", [axis]),
        node.addIntegers("steps", [-1]),
      ]);
    const parts = [
      ...begin > 0 ? [await mirror(begin - 1, begin)] : [],
      value,
      ...end > 0 ? [await mirror(length - 1, end)] : [],
    ];
    if (parts.length > 1) value = await node.emit("Concat", parts, { axis: int(axis) });
  }
  return await node.finish("Identity", [value]);
}

/** Resizing, cropping and padding. */
export const IMAGES: OperatorTable = {
  CropAndResize: cropAndResize,
  MirrorPad: pad("mirror"),
  Pad: pad("constant"),
  PadV2: pad("constant"),
  ResizeBicubic: resizeBicubic,
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
};
