import { attribute } from "../../../../graph/mod.ts";
import { countElements } from "../../../../tensor/mod.ts";
import type { LowerOperator, OperatorContext } from "../operator_context.ts";

/** Operators that move elements or change shapes. */
export const SHAPING_OPERATORS: Readonly<Record<string, LowerOperator>> = {
  ChannelShuffle: lowerChannelShuffle,
  Concat: lowerConcat,
  DepthConcat: lowerConcat,
  DepthSplit: lowerSplit,
  ExpandDims: (operator) =>
    operator.output("Unsqueeze", [operator.input, operator.integers("axes", dims(operator))]),
  Flatten: (operator) =>
    operator.output("Flatten", [operator.input], {
      axis: attribute.int(operator.integer("axis", 1)),
    }),
  FlattenToVec: (operator) =>
    operator.output("Reshape", [operator.input, operator.integers("shape", [-1])]),
  NCHW2NHWC: (operator) => transpose(operator, [0, 2, 3, 1]),
  NHWC2NCHW: (operator) => transpose(operator, [0, 3, 1, 2]),
  PadImage: lowerPadImage,
  Reshape: lowerReshape,
  ResizeNearest: lowerResizeNearest,
  Slice: lowerSlice,
  Split: lowerSplit,
  Squeeze: (operator) =>
    operator.output("Squeeze", [operator.input, operator.integers("axes", dims(operator))]),
  Tile: lowerTile,
  Transpose: (operator) => {
    const axes = operator.integersOf("axes") ?? [];
    const reversed = operator.shape(operator.input).map((_, axis) => axis).reverse();
    return transpose(operator, axes.length > 0 ? axes : reversed);
  },
  UpsampleBilinear: lowerUpsampleBilinear,
};

function dims(operator: OperatorContext): readonly number[] {
  const given = operator.integersOf("dims");
  if (given !== undefined && given.length > 0) return given;
  throw operator.error('it has no "dims"');
}

function transpose(operator: OperatorContext, perm: readonly number[]): readonly string[] {
  return operator.output("Transpose", [operator.input], { perm: attribute.ints(perm) });
}

/** `axis`, or the channels' place in `order`. */
function axisOf(operator: OperatorContext): number {
  const rank = operator.shape(operator.input).length;
  if (operator.has("axis")) return operator.axis(operator.integer("axis", 1), rank);
  return operator.text("order", "NCHW") === "NHWC" ? rank - 1 : operator.axis(1, rank);
}

/** The second output, with the sizes of the parts, is left out. */
function lowerConcat(operator: OperatorContext): readonly string[] {
  if (operator.integer("add_axis", 0) !== 0) {
    throw operator.unsupported("it adds an axis; ExpandDims in front of it would work");
  }
  return operator.output("Concat", operator.inputs, { axis: attribute.int(axisOf(operator)) });
}

function lowerSplit(operator: OperatorContext): readonly string[] {
  if (operator.inputs.length > 1) {
    throw operator.unsupported('it reads the sizes of its parts; an argument "split" would work');
  }
  const axis = axisOf(operator);
  const size = operator.shape(operator.input)[axis] ?? 0;
  const parts = operator.outputCount;
  const given = operator.integersOf("split") ?? [];
  const sizes = given.length > 0 ? given : Array<number>(parts).fill(size / parts);
  const total = sizes.reduce((sum, part) => sum + part, 0);
  const fits = sizes.length === parts && total === size &&
    sizes.every((part) => Number.isInteger(part) && part > 0);
  if (!fits) throw operator.error(`it splits ${size} into [${sizes}] for ${parts} outputs`);
  if (parts === 1) return operator.output("Identity", [operator.input]);
  return operator.outputAll("Split", [operator.input, operator.integers("split", sizes)], {
    axis: attribute.int(axis),
  });
}

/** The second output, the shape before, is left out. */
function lowerReshape(operator: OperatorContext): readonly string[] {
  if (operator.inputs.length > 1) {
    return operator.output("Reshape", [operator.input, operator.inputAt(1)]);
  }
  const shape = operator.integersOf("shape");
  if (shape === undefined) throw operator.error('it has no "shape" and no second input');
  return operator.output("Reshape", [operator.input, operator.integers("shape", shape)]);
}

function lowerChannelShuffle(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const shape = operator.shape(operator.input);
  const [batch = 1, channels = 1, ...spatial] = shape;
  const groups = operator.integer("group", 1);
  if (groups < 1 || channels % groups !== 0) {
    throw operator.error(`it has ${groups} groups, expected a divisor of its ${channels} channels`);
  }
  const rows = operator.emit("rows", "Reshape", {
    inputs: [
      operator.input,
      operator.integers("rows", [batch, groups, channels / groups, ...spatial]),
    ],
  });
  const turned = operator.emit("turned", "Transpose", {
    inputs: [rows],
    attributes: { perm: attribute.ints([0, 2, 1, ...spatial.map((_, axis) => 3 + axis)]) },
  });
  return operator.output("Reshape", [turned, operator.integers("shape", shape)]);
}

/** Height and width times the scales, rounded down. */
function scaledSizes(operator: OperatorContext): readonly number[] {
  operator.requireChannelsFirst();
  if (operator.inputs.length > 1) {
    throw operator.unsupported("it reads its scales; arguments would work");
  }
  const [batch = 1, channels = 1, height = 1, width = 1] = operator.shape(operator.input);
  const scales = [operator.real("height_scale", 1), operator.real("width_scale", 1)];
  const [vertical = 1, horizontal = 1] = scales.map(Math.fround);
  const sizes = [batch, channels, Math.floor(height * vertical), Math.floor(width * horizontal)];
  if (countElements(sizes) > 0) return sizes;
  throw operator.error(`its scales are [${scales}], expected positive numbers`);
}

/** The pixel at `floor(y / scale)`. */
function lowerResizeNearest(operator: OperatorContext): readonly string[] {
  const sizes = scaledSizes(operator);
  const [, , height = 1, width = 1] = operator.shape(operator.input);
  const scales = [operator.real("height_scale", 1), operator.real("width_scale", 1)];
  const whole = sizes[2] === height * (scales[0] ?? 1) && sizes[3] === width * (scales[1] ?? 1);
  // Given sizes, ONNX divides by the quotient of the extents, which is the scale if that fits.
  const target = whole
    ? ["", operator.integers("sizes", sizes)]
    : [operator.floats("scales", [1, 1, ...scales])];
  return operator.output("Resize", [operator.input, "", ...target], {
    mode: attribute.string("nearest"),
    coordinate_transformation_mode: attribute.string("asymmetric"),
    nearest_mode: attribute.string("floor"),
  });
}

/** Corners on corners. */
function lowerUpsampleBilinear(operator: OperatorContext): readonly string[] {
  const sizes = operator.integers("sizes", scaledSizes(operator));
  return operator.output("Resize", [operator.input, "", "", sizes], {
    mode: attribute.string("linear"),
    coordinate_transformation_mode: attribute.string("align_corners"),
  });
}

/** Negative bounds count from behind the end: -1 is the end itself. */
function lowerSlice(operator: OperatorContext): readonly string[] {
  const shape = operator.shape(operator.input);
  const [starts, ends] = [operator.integersOf("starts"), operator.integersOf("ends")];
  if (starts === undefined || ends === undefined || operator.inputs.length > 1) {
    throw operator.unsupported('it reads its bounds; arguments "starts" and "ends" would work');
  }
  const bound = (value: number, axis: number): number =>
    value < 0 ? (shape[axis] ?? 0) + value + 1 : value;
  return operator.output("Slice", [
    operator.input,
    operator.integers("starts", starts.map(bound)),
    operator.integers("ends", ends.map(bound)),
  ]);
}

function lowerTile(operator: OperatorContext): readonly string[] {
  const shape = operator.shape(operator.input);
  const axis = operator.axis(operator.integer("axis", 0), shape.length);
  const tiles = operator.integer("tiles", 1);
  if (operator.inputs.length > 1 || tiles < 1) {
    throw operator.unsupported(`its tiles are ${tiles} or computed; a positive number would work`);
  }
  const repeats = shape.map((_, at) => at === axis ? tiles : 1);
  return operator.output("Tile", [operator.input, operator.integers("repeats", repeats)]);
}

function lowerPadImage(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const mode = operator.text("mode", "constant");
  const all = operator.integer("pad", 0);
  const [top = 0, left = 0, bottom = 0, right = 0] = ["pad_t", "pad_l", "pad_b", "pad_r"].map(
    (side) => operator.integer(side, all),
  );
  const pads = operator.integers("pads", [0, 0, top, left, 0, 0, bottom, right]);
  const value = operator.float("value", operator.real("value", 0));
  const inputs = mode === "constant" ? [operator.input, pads, value] : [operator.input, pads];
  return operator.output("Pad", inputs, { mode: attribute.string(mode) });
}
