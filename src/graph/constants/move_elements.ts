import { countElements, type DenseTensor } from "../../tensor/mod.ts";
import { FormatError } from "../../errors.ts";
import { axisSlices, splitParts } from "../operators/indexing.ts";
import { normalizeAxis } from "../operators/operator_call.ts";
import { shapeBounds, transposeOrder } from "../operators/shaping.ts";
import { intAttribute } from "../attributes.ts";
import { allocateElements, fromNumbers, toIntegers } from "./constant_values.ts";
import type { ConstantCall, ConstantOperator } from "./constant_operator.ts";

/** Distance in elements between neighbours along each axis, row-major. */
export function elementStrides(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/**
 * For each element of a tensor of `shape` the flat index `start + sum(index[axis] * strides[axis])`
 * of the element it comes from.
 */
export function stridedIndices(
  shape: readonly number[],
  { strides, start = 0 }: { readonly strides: readonly number[]; readonly start?: number },
): Int32Array {
  const indices = new Int32Array(countElements(shape)).fill(start);
  let block = indices.length;
  for (const [axis, extent] of shape.entries()) {
    const inner = block / extent;
    const stride = strides[axis] ?? 0;
    if (stride !== 0) {
      for (let i = 0; i < indices.length; i++) {
        indices[i] = (indices[i] ?? 0) + Math.floor(i / inner) % extent * stride;
      }
    }
    block = inner;
  }
  return indices;
}

/** The flat indices that broadcast a tensor of shape `from` to shape `to`. */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const own = elementStrides(from);
  const lead = to.length - from.length;
  const strides = to.map((_, axis) => from[axis - lead] === 1 ? 0 : own[axis - lead] ?? 0);
  return stridedIndices(to, { strides });
}

/** A tensor of `shape` made of the elements of `source` at `indices`. */
function pick(
  source: DenseTensor,
  { indices, shape }: { readonly indices: ArrayLike<number>; readonly shape: readonly number[] },
): DenseTensor {
  const data = allocateElements(source.dtype, indices.length);
  for (let i = 0; i < indices.length; i++) data[i] = source.data[indices[i] ?? 0] ?? 0;
  return { dtype: source.dtype, shape, data };
}

function constantInput(call: ConstantCall, index: number): DenseTensor {
  const tensor = call.constants[index];
  if (tensor !== undefined) return tensor;
  throw new FormatError(
    `Cannot compute node "${call.node.name}" (${call.node.operator}): input ${index} is left out`,
  );
}

function outputShape(call: ConstantCall): readonly number[] {
  return call.outputs[0]?.shape ?? [];
}

function reshape(call: ConstantCall): readonly DenseTensor[] {
  const { dtype, data } = constantInput(call, 0);
  return [{ dtype, shape: outputShape(call), data }];
}

function transpose(call: ConstantCall): readonly DenseTensor[] {
  const source = constantInput(call, 0);
  const own = elementStrides(source.shape);
  const shape = outputShape(call);
  const strides = transposeOrder(call).map((axis) => own[axis] ?? 0);
  return [pick(source, { indices: stridedIndices(shape, { strides }), shape })];
}

function expand(call: ConstantCall): readonly DenseTensor[] {
  const source = constantInput(call, 0);
  const shape = outputShape(call);
  return [pick(source, { indices: broadcastIndices(source.shape, shape), shape })];
}

function slice(call: ConstantCall): readonly DenseTensor[] {
  const source = constantInput(call, 0);
  const strides = [...elementStrides(source.shape)];
  let start = 0;
  for (const { axis, start: first, step } of axisSlices(call)) {
    start += first * (strides[axis] ?? 0);
    strides[axis] = step * (strides[axis] ?? 0);
  }
  const shape = outputShape(call);
  return [pick(source, { indices: stridedIndices(shape, { strides, start }), shape })];
}

function split(call: ConstantCall): readonly DenseTensor[] {
  const source = constantInput(call, 0);
  const { axis, parts } = splitParts(call);
  const strides = elementStrides(source.shape);
  let first = 0;
  return parts.map((extent) => {
    const shape = source.shape.with(axis, extent);
    const start = first * (strides[axis] ?? 0);
    first += extent;
    return pick(source, { indices: stridedIndices(shape, { strides, start }), shape });
  });
}

function tile(call: ConstantCall): readonly DenseTensor[] {
  const source = constantInput(call, 0);
  const shape = outputShape(call);
  const own = elementStrides(source.shape);
  const target = elementStrides(shape);
  const indices = Int32Array.from({ length: countElements(shape) }, (_, i) => {
    let index = 0;
    for (const [axis, extent] of source.shape.entries()) {
      index += Math.floor(i / (target[axis] ?? 1)) % (shape[axis] ?? 1) % extent * (own[axis] ?? 0);
    }
    return index;
  });
  return [pick(source, { indices, shape })];
}

function concat(call: ConstantCall): readonly DenseTensor[] {
  const shape = outputShape(call);
  const axis = normalizeAxis(call.node, {
    axis: intAttribute(call.node, "axis", 0),
    rank: shape.length,
  });
  const strides = elementStrides(shape);
  const first = constantInput(call, 0);
  const data = allocateElements(first.dtype, countElements(shape));
  let start = 0;
  for (let index = 0; index < call.constants.length; index++) {
    const part = constantInput(call, index);
    const targets = stridedIndices(part.shape, { strides, start });
    for (let i = 0; i < targets.length; i++) data[targets[i] ?? 0] = part.data[i] ?? 0;
    start += (part.shape[axis] ?? 0) * (strides[axis] ?? 0);
  }
  return [{ dtype: first.dtype, shape, data }];
}

function gather(call: ConstantCall): readonly DenseTensor[] {
  const source = constantInput(call, 0);
  const picks = constantInput(call, 1);
  const rank = source.shape.length;
  const axis = normalizeAxis(call.node, { axis: intAttribute(call.node, "axis", 0), rank });
  const extent = source.shape[axis] ?? 0;
  const chosen = toIntegers(picks).map((index) =>
    normalizeAxis(call.node, { axis: index, rank: extent, what: "an index" })
  );
  const shape = outputShape(call);
  const inner = countElements(source.shape.slice(axis + 1));
  const indices = Int32Array.from({ length: countElements(shape) }, (_, i) => {
    const outer = Math.floor(i / (inner * chosen.length));
    const index = chosen[Math.floor(i / inner) % chosen.length] ?? 0;
    return (outer * extent + index) * inner + i % inner;
  });
  return [pick(source, { indices, shape })];
}

function where(call: ConstantCall): readonly DenseTensor[] {
  const shape = outputShape(call);
  const [condition, chosen, other] = [0, 1, 2].map((index) => {
    const tensor = constantInput(call, index);
    return pick(tensor, { indices: broadcastIndices(tensor.shape, shape), shape });
  });
  if (condition === undefined || chosen === undefined || other === undefined) return [];
  const data = chosen.data.slice();
  for (let i = 0; i < data.length; i++) {
    if (condition.data[i] === 0) data[i] = other.data[i] ?? 0;
  }
  return [{ dtype: chosen.dtype, shape, data }];
}

function shapeOf(call: ConstantCall): readonly DenseTensor[] | undefined {
  const [start, end] = shapeBounds(call);
  const extents = call.inputs[0]?.shape.slice(start, end) ?? [];
  const tensor = fromNumbers(extents, { dtype: "int64", shape: [extents.length] });
  return tensor && [tensor];
}

function sizeOf(call: ConstantCall): readonly DenseTensor[] | undefined {
  const count = countElements(call.inputs[0]?.shape ?? []);
  const tensor = fromNumbers([count], { dtype: "int64", shape: [] });
  return tensor && [tensor];
}

/** Where the elements are not zero: one column an element found, in row-major order. */
function nonZero(call: ConstantCall): readonly DenseTensor[] | undefined {
  const source = constantInput(call, 0);
  const found: number[] = [];
  for (const [i, value] of source.data.entries()) if (Number(value) !== 0) found.push(i);
  const strides = elementStrides(source.shape);
  const coordinates = source.shape.flatMap((extent, axis) =>
    found.map((i) => Math.floor(i / (strides[axis] ?? 1)) % extent)
  );
  const shape = [source.shape.length, found.length];
  const tensor = fromNumbers(coordinates, { dtype: "int64", shape });
  return tensor && [tensor];
}

/** Operators that move elements without computing with them. */
export const MOVEMENT: Readonly<Record<string, ConstantOperator>> = {
  Concat: concat,
  Dropout: reshape,
  Expand: expand,
  Flatten: reshape,
  Gather: gather,
  Identity: reshape,
  NonZero: nonZero,
  Reshape: reshape,
  Shape: shapeOf,
  Size: sizeOf,
  Slice: slice,
  Split: split,
  Squeeze: reshape,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: reshape,
  Where: where,
};
