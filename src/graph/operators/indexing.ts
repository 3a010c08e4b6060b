import { intAttribute } from "../attributes.ts";
import { toIntegers } from "../constants/constant_values.ts";
import {
  axisAttribute,
  dynamicShapeError,
  formatShape,
  hasInput,
  inputType,
  nodeError,
  normalizeAxes,
  requireDtype,
  requireRank,
  requireShape,
  settingIntegers,
  settingNumbers,
} from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, OperatorTable, TensorType } from "./operator_schema.ts";

function inferConcat(call: OperatorCall): readonly TensorType[] {
  const first = requireRank(call, { index: 0, least: 1, most: Infinity });
  const rank = first.shape.length;
  const axis = axisAttribute(call, { rank, fallback: 0 });
  const shape = [...first.shape];
  for (let index = 1; index < call.inputs.length; index++) {
    const part = requireDtype(call, { index, dtypes: [first.dtype] });
    const expected = first.shape.map((dimension, i) => i === axis ? part.shape[i] ?? 0 : dimension);
    requireShape(call, { index, shape: expected });
    shape[axis] = (shape[axis] ?? 0) + (part.shape[axis] ?? 0);
  }
  return [{ dtype: first.dtype, shape }];
}

/** The extents of the parts along `axis`: as input 1 says, or as equal as `num_outputs` allows. */
export function splitParts(
  call: OperatorCall,
): { readonly axis: number; readonly parts: readonly number[] } {
  const { shape } = requireRank(call, { index: 0, least: 1, most: Infinity });
  const axis = axisAttribute(call, { rank: shape.length, fallback: 0 });
  const extent = shape[axis] ?? 0;
  if (hasInput(call, 1)) {
    const parts = settingIntegers(call, { index: 1, what: "the extents of the parts" });
    const total = parts.reduce((sum, part) => sum + part, 0);
    if (
      parts.some((part) => part < 0) || total !== extent || parts.length < call.node.outputs.length
    ) {
      throw nodeError(call.node, {
        what: "the extents of its parts",
        plural: true,
        found: formatShape(parts),
        expected: `${call.node.outputs.length} that sum to ${extent}`,
      });
    }
    return { axis, parts };
  }
  const count = intAttribute(call.node, "num_outputs", call.node.outputs.length);
  const each = Math.ceil(extent / count);
  if (count !== call.node.outputs.length || each * (count - 1) > extent) {
    throw nodeError(call.node, {
      what: "the number of its outputs",
      found: `${call.node.outputs.length} for ${count} parts`,
      expected: `parts of extent ${extent}`,
    });
  }
  const parts = Array.from({ length: count }, (_, i) => Math.min(each, extent - i * each));
  return { axis, parts };
}

function inferSplit(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const { axis, parts } = splitParts(call);
  return parts.map((part) => ({ dtype, shape: shape.with(axis, part) }));
}

/** What a Slice keeps of one axis: `count` indices from `start` in steps of `step`. */
export interface AxisSlice {
  /** The axis. */
  readonly axis: number;
  /** First index kept. */
  readonly start: number;
  /** Distance to the next; negative runs backwards. */
  readonly step: number;
  /** How many are kept. */
  readonly count: number;
}

/** Resolves the inputs of Slice: negative and out-of-range bounds are clamped as in NumPy. */
export function axisSlices(call: OperatorCall): readonly AxisSlice[] {
  const { shape } = inputType(call, 0);
  const starts = settingIntegers(call, { index: 1, what: "starts" });
  const ends = settingIntegers(call, { index: 2, what: "ends" });
  const axes = normalizeAxes(call.node, {
    axes: call.inputs[3] === undefined
      ? starts.map((_, i) => i)
      : settingIntegers(call, { index: 3, what: "axes" }),
    rank: shape.length,
  });
  const steps = call.inputs[4] === undefined
    ? starts.map(() => 1)
    : settingIntegers(call, { index: 4, what: "steps" });
  if ([ends, axes, steps].some((list) => list.length !== starts.length) || steps.includes(0)) {
    throw nodeError(call.node, {
      what: "its starts, ends, axes and steps",
      plural: true,
      found: [starts, ends, axes, steps].map(formatShape).join(", "),
      expected: "lists of one length without a step of 0",
    });
  }
  return axes.map((axis, i) => {
    const extent = shape[axis] ?? 0;
    const step = steps[i] ?? 1;
    const bound = (stated: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, stated < 0 ? stated + extent : stated));
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const start = bound(starts[i] ?? 0, Math.max(0, low), high);
    const end = bound(ends[i] ?? 0, low, high);
    return { axis, start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

function inferSlice(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const sliced = [...shape];
  for (const { axis, count } of axisSlices(call)) sliced[axis] = count;
  return [{ dtype, shape: sliced }];
}

function inferGather(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = requireRank(call, { index: 0, least: 1, most: Infinity });
  const indices = requireDtype(call, { index: 1, dtypes: ["int64", "int32"] });
  const axis = axisAttribute(call, { rank: shape.length, fallback: 0 });
  requireIndices(call, { index: 1, extent: shape[axis] ?? 0 });
  return [{ dtype, shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)] }];
}

/** Indices that are constant must name elements there are; negative ones count from the end. */
function requireIndices(
  call: OperatorCall,
  { index, extent }: { readonly index: number; readonly extent: number },
): void {
  const indices = call.constants[index];
  if (indices === undefined) return;
  for (const element of toIntegers(indices)) {
    if (element >= -extent && element < extent) continue;
    throw nodeError(call.node, {
      what: "an index",
      found: `${element}`,
      expected: `one from ${-extent} to ${extent - 1}`,
    });
  }
}

function inferGatherElements(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 1, most: Infinity });
  const indices = requireRank(call, { index: 1, least: data.shape.length });
  const axis = axisAttribute(call, { rank: data.shape.length, fallback: 0 });
  requireIndices(call, { index: 1, extent: data.shape[axis] ?? 0 });
  return [{ dtype: data.dtype, shape: indices.shape }];
}

function inferGatherND(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 1, most: Infinity });
  const indices = requireRank(call, { index: 1, least: 1, most: Infinity });
  const batch = intAttribute(call.node, "batch_dims", 0);
  const depth = indices.shape.at(-1) ?? 0;
  if (batch < 0 || batch >= indices.shape.length || batch + depth > data.shape.length) {
    throw nodeError(call.node, {
      what: "the shape of its indices",
      found: formatShape(indices.shape),
      expected: `one that fits ${formatShape(data.shape)} with ${batch} batch dimensions`,
    });
  }
  const shape = [...indices.shape.slice(0, -1), ...data.shape.slice(batch + depth)];
  return [{ dtype: data.dtype, shape }];
}

/** The result of a scatter has the type of its data; updates must fit the indices. */
function inferScatterElements(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 1, most: Infinity });
  const indices = requireRank(call, { index: 1, least: data.shape.length });
  requireDtype(call, { index: 2, dtypes: [data.dtype] });
  requireShape(call, { index: 2, shape: indices.shape });
  axisAttribute(call, { rank: data.shape.length, fallback: 0 });
  return [data];
}

function inferScatterND(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 1, most: Infinity });
  const indices = requireRank(call, { index: 1, least: 1, most: Infinity });
  requireDtype(call, { index: 2, dtypes: [data.dtype] });
  const depth = indices.shape.at(-1) ?? 0;
  requireShape(call, {
    index: 2,
    shape: [...indices.shape.slice(0, -1), ...data.shape.slice(depth)],
  });
  return [data];
}

function inferOneHot(call: OperatorCall): readonly TensorType[] {
  const indices = inputType(call, 0);
  const values = inputType(call, 2);
  const [depth = 0] = settingNumbers(call, { index: 1, what: "depth" });
  const rank = indices.shape.length + 1;
  const axis = axisAttribute(call, { rank, fallback: -1 });
  return [{ dtype: values.dtype, shape: indices.shape.toSpliced(axis, 0, Math.trunc(depth)) }];
}

function inferTopK(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = requireRank(call, { index: 0, least: 1, most: Infinity });
  const [count = 0] = settingIntegers(call, { index: 1, what: "K" });
  const axis = axisAttribute(call, { rank: shape.length, fallback: -1 });
  if (count < 0 || count > (shape[axis] ?? 0)) {
    throw nodeError(call.node, {
      what: "K",
      found: String(count),
      expected: `at most ${shape[axis]}, the extent of axis ${axis}`,
    });
  }
  const kept = shape.with(axis, count);
  return [{ dtype, shape: kept }, { dtype: "int64", shape: kept }];
}

/** Operators whose number of results is only known when they run. */
function dynamic(
  inputs: readonly [number, number],
  outputs: readonly [number, number],
): OperatorSchema {
  return {
    inputs,
    outputs,
    attributes: ["axis", "center_point_box", "sorted"],
    dynamic: true,
    infer: (call) => {
      throw dynamicShapeError(call.node, "the values of its inputs");
    },
  };
}

/** Operators that pick, place, join and cut elements. */
export const INDEXING: OperatorTable = {
  Compress: dynamic([2, 2], [1, 1]),
  Concat: { inputs: [1, Infinity], attributes: ["axis"], infer: inferConcat },
  Gather: { inputs: [2, 2], attributes: ["axis"], settings: [1], infer: inferGather },
  GatherElements: {
    inputs: [2, 2],
    attributes: ["axis"],
    settings: [1],
    infer: inferGatherElements,
  },
  GatherND: { inputs: [2, 2], attributes: ["batch_dims"], infer: inferGatherND },
  NonMaxSuppression: dynamic([2, 5], [1, 1]),
  NonZero: dynamic([1, 1], [1, 1]),
  OneHot: { inputs: [3, 3], attributes: ["axis"], settings: [1, 2], infer: inferOneHot },
  ScatterElements: {
    inputs: [3, 3],
    attributes: ["axis", "reduction"],
    infer: inferScatterElements,
  },
  ScatterND: { inputs: [3, 3], attributes: ["reduction"], infer: inferScatterND },
  Slice: { inputs: [3, 5], settings: [1, 2, 3, 4], infer: inferSlice },
  Split: {
    inputs: [1, 2],
    outputs: [1, Infinity],
    attributes: ["axis", "num_outputs"],
    settings: [1],
    infer: inferSplit,
  },
  TopK: {
    inputs: [2, 2],
    outputs: [1, 2],
    attributes: ["axis", "largest", "sorted"],
    settings: [1],
    infer: inferTopK,
  },
  Trilu: {
    inputs: [1, 2],
    attributes: ["upper"],
    settings: [1],
    infer: (call) => [requireRank(call, { index: 0, least: 2, most: Infinity })],
  },
  Unique: dynamic([1, 1], [1, 4]),
};
