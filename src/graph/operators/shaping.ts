import { intAttribute, intsAttribute, stringAttribute } from "../attributes.ts";
import { countElements } from "../../tensor/mod.ts";
import {
  axisAttribute,
  broadcastShapes,
  formatShape,
  hasInput,
  inputType,
  nodeError,
  normalizeAxes,
  requireRank,
  settingIntegers,
} from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";

/** `0` copies a dimension of the input (unless `allowzero`), one `-1` is computed. */
function inferReshape(call: OperatorCall): readonly TensorType[] {
  const data = inputType(call, 0);
  const target = settingIntegers(call, { index: 1, what: "the new shape" });
  const keepZeros = intAttribute(call.node, "allowzero", 0) !== 0;
  const shape = target.map((dimension, i) =>
    dimension === 0 && !keepZeros ? data.shape[i] ?? -2 : dimension
  );
  const total = countElements(data.shape);
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const known = countElements(shape.filter((_, i) => i !== open));
    shape[open] = known === 0 ? 0 : total / known;
  }
  if (
    countElements(shape) !== total ||
    shape.some((dimension) => !Number.isInteger(dimension) || dimension < 0)
  ) {
    throw nodeError(call.node, {
      what: "the new shape",
      found: formatShape(target),
      expected: `one for the ${total} elements of ${formatShape(data.shape)}`,
    });
  }
  return [{ dtype: data.dtype, shape }];
}

function inferFlatten(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const stated = intAttribute(call.node, "axis", 1);
  const axis = stated < 0 ? stated + shape.length : stated;
  if (axis < 0 || axis > shape.length) {
    throw nodeError(call.node, {
      what: "axis",
      found: String(stated),
      expected: `an axis from ${-shape.length} to ${shape.length}`,
    });
  }
  const rows = countElements(shape.slice(0, axis));
  return [{ dtype, shape: [rows, countElements(shape.slice(axis))] }];
}

function inferSqueeze(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const axes = call.inputs[1] === undefined
    ? shape.flatMap((dimension, axis) => dimension === 1 ? [axis] : [])
    : normalizeAxes(call.node, {
      axes: settingIntegers(call, { index: 1, what: "axes" }),
      rank: shape.length,
    });
  for (const axis of axes) {
    if (shape[axis] !== 1) {
      throw nodeError(call.node, {
        what: `dimension ${axis} of ${formatShape(shape)}`,
        found: String(shape[axis]),
        expected: "1 to be squeezed",
      });
    }
  }
  return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
}

function inferUnsqueeze(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const stated = settingIntegers(call, { index: 1, what: "axes" });
  const rank = shape.length + stated.length;
  const axes = new Set(normalizeAxes(call.node, { axes: stated, rank }));
  const rest = shape.values();
  const result = Array.from({ length: rank }, (_, i) => axes.has(i) ? 1 : rest.next().value ?? 1);
  return [{ dtype, shape: result }];
}

/** The order of a Transpose: as given, or all axes reversed. */
export function transposeOrder(call: Pick<OperatorCall, "node" | "inputs">): readonly number[] {
  const { node, inputs } = call;
  const rank = inputs[0]?.shape.length ?? 0;
  const order = intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (order.length !== rank || order.toSorted((a, b) => a - b).some((axis, i) => axis !== i)) {
    throw nodeError(node, {
      what: 'attribute "perm"',
      found: formatShape(order),
      expected: `each of ${rank} axes once`,
    });
  }
  return order;
}

function inferTranspose(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  return [{ dtype, shape: transposeOrder(call).map((axis) => shape[axis] ?? 0) }];
}

function inferExpand(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const target = settingIntegers(call, { index: 1, what: "the new shape" });
  return [{ dtype, shape: broadcastShapes(call.node, [shape, target]) }];
}

function inferTile(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const repeats = settingIntegers(call, { index: 1, what: "repeats" });
  if (repeats.length !== shape.length || repeats.some((repeat) => repeat < 0)) {
    throw nodeError(call.node, {
      what: "its repeats",
      plural: true,
      found: formatShape(repeats),
      expected: `${shape.length} integers of at least 0`,
    });
  }
  return [{ dtype, shape: shape.map((dimension, i) => dimension * (repeats[i] ?? 1)) }];
}

/** Bounds of Shape's slice, clamped as Python does. */
export function shapeBounds(
  call: Pick<OperatorCall, "node" | "inputs">,
): readonly [number, number] {
  const rank = call.inputs[0]?.shape.length ?? 0;
  const bound = (name: string, fallback: number): number => {
    const stated = intAttribute(call.node, name, fallback);
    return Math.min(rank, Math.max(0, stated < 0 ? stated + rank : stated));
  };
  const start = bound("start", 0);
  return [start, Math.max(start, bound("end", rank))];
}

function inferShape(call: OperatorCall): readonly TensorType[] {
  inputType(call, 0);
  const [start, end] = shapeBounds(call);
  return [{ dtype: "int64", shape: [end - start] }];
}

function blockSize(call: OperatorCall): number {
  const size = intAttribute(call.node, "blocksize", 0);
  if (size >= 1) return size;
  throw nodeError(call.node, {
    what: 'attribute "blocksize"',
    found: String(size),
    expected: "at least 1",
  });
}

function inferDepthToSpace(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = requireRank(call, { index: 0, least: 4 });
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const size = blockSize(call);
  const mode = stringAttribute(call.node, "mode", "DCR");
  if (mode !== "DCR" && mode !== "CRD") {
    throw nodeError(call.node, {
      what: 'attribute "mode"',
      found: `"${mode}"`,
      expected: "DCR or CRD",
    });
  }
  if (c % (size * size) !== 0) {
    throw nodeError(call.node, {
      what: "the number of channels of its input",
      found: String(c),
      expected: `a multiple of ${size * size}`,
    });
  }
  return [{ dtype, shape: [n, c / (size * size), h * size, w * size] }];
}

function inferSpaceToDepth(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = requireRank(call, { index: 0, least: 4 });
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const size = blockSize(call);
  if (h % size !== 0 || w % size !== 0) {
    throw nodeError(call.node, {
      what: "the height and width of its input",
      plural: true,
      found: `${h} and ${w}`,
      expected: `multiples of ${size}`,
    });
  }
  return [{ dtype, shape: [n, c * size * size, h / size, w / size] }];
}

/** Pads come as beginnings, then ends, for all axes or for those of input 3. */
export function padAmounts(call: OperatorCall): readonly (readonly [number, number])[] {
  const { shape } = inputType(call, 0);
  const pads = settingIntegers(call, { index: 1, what: "pads" });
  const axes = hasInput(call, 3)
    ? normalizeAxes(call.node, {
      axes: settingIntegers(call, { index: 3, what: "axes" }),
      rank: shape.length,
    })
    : shape.map((_, axis) => axis);
  if (pads.length !== 2 * axes.length) {
    throw nodeError(call.node, {
      what: "its pads",
      plural: true,
      found: `${pads.length} integers`,
      expected: `${2 * axes.length}`,
    });
  }
  const amounts = shape.map((): [number, number] => [0, 0]);
  for (const [i, axis] of axes.entries()) {
    amounts[axis] = [pads[i] ?? 0, pads[axes.length + i] ?? 0];
  }
  return amounts;
}

function inferPad(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const amounts = padAmounts(call);
  const padded = shape.map((dimension, axis) => {
    const [begin, end] = amounts[axis] ?? [0, 0];
    return dimension + begin + end;
  });
  if (padded.some((dimension) => dimension < 0)) {
    throw nodeError(call.node, {
      what: "the shape of its output",
      found: formatShape(padded),
      expected: "no negative dimension",
    });
  }
  return [{ dtype, shape: padded }];
}

function inferReverseSequence(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 2, most: Infinity });
  for (const name of ["batch_axis", "time_axis"]) {
    axisAttribute(call, { name, rank: data.shape.length, fallback: name === "time_axis" ? 0 : 1 });
  }
  return [data];
}

/** Operators that change the shape or the order of elements, or tell the shape. */
export const SHAPING: OperatorTable = {
  DepthToSpace: { inputs: [1, 1], attributes: ["blocksize", "mode"], infer: inferDepthToSpace },
  Expand: { inputs: [2, 2], settings: [1], infer: inferExpand },
  Flatten: { inputs: [1, 1], attributes: ["axis"], infer: inferFlatten },
  Pad: { inputs: [2, 4], attributes: ["mode"], settings: [1, 2, 3], infer: inferPad },
  Reshape: { inputs: [2, 2], attributes: ["allowzero"], settings: [1], infer: inferReshape },
  ReverseSequence: {
    inputs: [2, 2],
    attributes: ["batch_axis", "time_axis"],
    settings: [1],
    infer: inferReverseSequence,
  },
  Shape: { inputs: [1, 1], attributes: ["end", "start"], infer: inferShape },
  Size: { inputs: [1, 1], infer: () => [{ dtype: "int64", shape: [] }] },
  SpaceToDepth: { inputs: [1, 1], attributes: ["blocksize"], infer: inferSpaceToDepth },
  Squeeze: { inputs: [1, 2], settings: [1], infer: inferSqueeze },
  Tile: { inputs: [2, 2], settings: [1], infer: inferTile },
  Transpose: { inputs: [1, 1], attributes: ["perm"], infer: inferTranspose },
  Unsqueeze: { inputs: [2, 2], settings: [1], infer: inferUnsqueeze },
};
