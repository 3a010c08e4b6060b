import { intAttribute, intsAttribute, stringAttribute } from "../attributes.ts";
import {
  formatShape,
  hasInput,
  inputType,
  nodeError,
  normalizeAxes,
  requireRank,
  requireShape,
  settingIntegers,
  settingNumbers,
} from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";

function requireCount(
  call: OperatorCall,
  { what, list, count }: {
    readonly what: string;
    readonly list: readonly number[];
    readonly count: number;
  },
): void {
  if (list.length === count) return;
  throw nodeError(call.node, {
    what,
    plural: true,
    found: formatShape(list),
    expected: `${count} numbers`,
  });
}

/** Extents from `sizes`, under `keep_aspect_ratio_policy`. */
function sizedExtents(call: OperatorCall, extents: readonly number[]): readonly number[] {
  const sizes = settingIntegers(call, { index: 3, what: "sizes" });
  requireCount(call, { what: "its sizes", list: sizes, count: extents.length });
  const policy = stringAttribute(call.node, "keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return sizes;
  if (policy !== "not_larger" && policy !== "not_smaller") {
    throw nodeError(call.node, {
      what: 'attribute "keep_aspect_ratio_policy"',
      found: `"${policy}"`,
      expected: "stretch, not_larger or not_smaller",
    });
  }
  const ratios = extents.map((extent, i) => (sizes[i] ?? 0) / extent);
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return extents.map((extent) => Math.round(ratio * extent));
}

/** Extents from `scales`; cropping modes take the extent of the region of interest. */
function scaledExtents(call: OperatorCall, extents: readonly number[]): readonly number[] {
  const scales = settingNumbers(call, { index: 2, what: "scales" });
  requireCount(call, { what: "its scales", list: scales, count: extents.length });
  const mode = stringAttribute(call.node, "coordinate_transformation_mode", "half_pixel");
  const crop = mode === "tf_crop_and_resize"
    ? settingNumbers(call, { index: 1, what: "roi" })
    : undefined;
  if (crop !== undefined) {
    requireCount(call, { what: "the limits of its roi", list: crop, count: 2 * extents.length });
  }
  return extents.map((extent, i) => {
    const part = crop === undefined ? 1 : (crop[extents.length + i] ?? 1) - (crop[i] ?? 0);
    // In single precision, as ONNX and its runtime: 5 times 2.8 is 14.
    return Math.floor(Math.fround(Math.fround(extent * part) * (scales[i] ?? 1)));
  });
}

function inferResize(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const axes = normalizeAxes(call.node, {
    axes: intsAttribute(call.node, "axes") ?? shape.map((_, axis) => axis),
    rank: shape.length,
  });
  const [scaled, sized] = [hasInput(call, 2), hasInput(call, 3)];
  if (scaled === sized) {
    throw nodeError(call.node, {
      what: "its target",
      found: scaled ? "given by scales and by sizes" : "not given",
      expected: "either scales or sizes",
    });
  }
  const extents = axes.map((axis) => shape[axis] ?? 0);
  const resized = scaled ? scaledExtents(call, extents) : sizedExtents(call, extents);
  const result = [...shape];
  for (const [i, axis] of axes.entries()) result[axis] = resized[i] ?? 0;
  if (result.some((extent) => !(extent >= 0))) {
    throw nodeError(call.node, {
      what: "the shape of its output",
      found: formatShape(result),
      expected: "no negative dimension",
    });
  }
  return [{ dtype, shape: result }];
}

/** Data `[N, C, D1…]`, grid `[N, out1…, spatialRank]`. */
function inferGridSample(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 3, most: Infinity });
  const grid = requireRank(call, { index: 1, least: data.shape.length });
  const expected = [data.shape[0] ?? 0, ...grid.shape.slice(1, -1), data.shape.length - 2];
  requireShape(call, { index: 1, shape: expected });
  return [{ dtype: data.dtype, shape: [...data.shape.slice(0, 2), ...grid.shape.slice(1, -1)] }];
}

/** Data `[N, C, H, W]`, regions `[count, 4]`, batch indices `[count]`. */
function inferRoiAlign(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 4 });
  const [count = 0] = requireRank(call, { index: 1, least: 2 }).shape;
  requireShape(call, { index: 1, shape: [count, 4] });
  requireShape(call, { index: 2, shape: [count] });
  const height = intAttribute(call.node, "output_height", 1);
  const width = intAttribute(call.node, "output_width", 1);
  return [{ dtype: data.dtype, shape: [count, data.shape[1] ?? 0, height, width] }];
}

/** Operators that sample images at other places. */
export const SAMPLING: OperatorTable = {
  GridSample: {
    inputs: [2, 2],
    attributes: ["align_corners", "mode", "padding_mode"],
    infer: inferGridSample,
  },
  Resize: {
    inputs: [1, 4],
    attributes: [
      "antialias",
      "axes",
      "coordinate_transformation_mode",
      "cubic_coeff_a",
      "exclude_outside",
      "extrapolation_value",
      "keep_aspect_ratio_policy",
      "mode",
      "nearest_mode",
    ],
    settings: [1, 2, 3],
    infer: inferResize,
  },
  RoiAlign: {
    inputs: [3, 3],
    attributes: [
      "coordinate_transformation_mode",
      "mode",
      "output_height",
      "output_width",
      "sampling_ratio",
      "spatial_scale",
    ],
    infer: inferRoiAlign,
  },
};
