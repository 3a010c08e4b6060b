import { intAttribute, intsAttribute, type Node, stringAttribute } from "../../../graph/mod.ts";
import { attribute, inputOf } from "./normal_graph.ts";
import {
  emitReshape,
  ends,
  keep,
  type NormalizeNode,
  type Normalizer,
  unsupported,
} from "./normalizer.ts";
import { frontAxis } from "./front_axis.ts";
import { normalizeSlice } from "./normalize_slice.ts";

/** Operators that move elements and compute nothing. */
export const NORMALIZE_SHAPING: Readonly<Record<string, NormalizeNode>> = {
  Concat: normalizeConcat,
  DepthToSpace: (node, normalizer) =>
    keep(normalizer, node, {
      blocksize: attribute.int(intAttribute(node, "blocksize", 1)),
      mode: attribute.string(stringAttribute(node, "mode", "DCR")),
    }),
  Expand: normalizeExpand,
  Flatten: normalizeReshape,
  Gather: normalizeGather,
  GatherElements: (node, normalizer) => {
    const { length } = normalizer.shape(inputOf(node, 0));
    const axis = frontAxis(intAttribute(node, "axis", 0), length);
    keep(normalizer, node, { axis: attribute.int(axis) });
  },
  Pad: normalizePad,
  Reshape: normalizeReshape,
  Slice: normalizeSlice,
  SpaceToDepth: (node, normalizer) =>
    keep(normalizer, node, {
      blocksize: attribute.int(intAttribute(node, "blocksize", 1)),
      mode: attribute.string("DCR"),
    }),
  Split: normalizeSplit,
  Squeeze: normalizeReshape,
  Tile: normalizeTile,
  Transpose: normalizeTranspose,
  Unsqueeze: normalizeReshape,
};

function normalizeReshape(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  emitReshape(normalizer, node, { from: input, to: output });
}

function normalizeTranspose(node: Node, normalizer: Normalizer): void {
  const rank = normalizer.shape(inputOf(node, 0)).length;
  const reversed = Array.from({ length: rank }, (_, i) => rank - 1 - i);
  keep(normalizer, node, { perm: attribute.ints(intsAttribute(node, "perm") ?? reversed) });
}

function normalizeConcat(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  if (node.inputs.length === 1) return emitReshape(normalizer, node, { from: input, to: output });
  const rank = normalizer.shape(output).length;
  keep(normalizer, node, { axis: attribute.int(frontAxis(intAttribute(node, "axis", 0), rank)) });
}

/** Repeats along the axes that grow; where the rank grows, axes of length 1 come first. */
function normalizeExpand(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const from = normalizer.shape(input);
  const to = normalizer.shape(output);
  const padded = [...Array<number>(to.length - from.length).fill(1), ...from];
  const repeats = to.map((size, i) => size === padded[i] ? 1 : size);
  if (repeats.every((count) => count === 1)) {
    return emitReshape(normalizer, node, { from: input, to: output });
  }
  let source = input;
  if (padded.length !== from.length) {
    source = normalizer.intermediate(`${output}.shape`, output, padded);
    emitReshape(normalizer, node, { from: input, to: source, suffix: ".shape" });
  }
  normalizer.emit(node, {
    operator: "Tile",
    inputs: [source],
    outputs: [output],
    attributes: { repeats: attribute.ints(repeats) },
  });
}

function normalizeTile(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const repeats = normalizer.numbers(node, 1) ?? [];
  normalizer.emit(node, {
    operator: "Tile",
    inputs: [input],
    outputs: [output],
    attributes: { repeats: attribute.ints(repeats) },
  });
}

/** A single index leaves an axis of length 1, which a Reshape takes away, as a DLC has no scalars. */
function normalizeGather(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const shape = normalizer.shape(input);
  const axis = frontAxis(intAttribute(node, "axis", 0), shape.length);
  const indices = frontIndices(node, normalizer, shape[axis] ?? 1);
  const attributes = { axis: attribute.int(axis) };
  if (normalizer.shape(inputOf(node, 1)).length > 0) {
    return keep(normalizer, { ...node, inputs: [input, indices] }, attributes);
  }
  if (!normalizer.isConstant(indices)) {
    throw unsupported(node, `its index "${indices}" is computed by the network`, "a constant");
  }
  const taken = normalizer.intermediate(`${output}.taken`, output, shape.with(axis, 1));
  normalizer.emit(node, {
    operator: "Gather",
    inputs: [input, indices],
    outputs: [taken],
    attributes,
  });
  emitReshape(normalizer, node, { from: taken, to: output, suffix: ".shape" });
}

/** The indices of a Gather, constant ones counted from the front, as QNN has no negative ones. */
function frontIndices(node: Node, normalizer: Normalizer, extent: number): string {
  const name = inputOf(node, 1);
  const indices = normalizer.heldIntegers(name);
  if (indices === undefined || indices.every((index) => index >= 0)) return name;
  return normalizer.constant(`${name}.front`, {
    dtype: "int32",
    // A DLC has no scalars.
    shape: normalizer.shape(name).length === 0 ? [1] : normalizer.shape(name),
    data: Int32Array.from(indices, (index) => frontAxis(index, extent)),
  });
}

function normalizePad(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const rank = normalizer.shape(input).length;
  const given = normalizer.numbers(node, 1) ?? [];
  const axes = normalizer.numbers(node, 3) ?? Array.from({ length: rank }, (_, i) => i);
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    const front = frontAxis(axis, rank);
    pads[front] = given[i] ?? 0;
    pads[rank + front] = given[axes.length + i] ?? 0;
  });
  if (pads.some((size) => size < 0)) {
    throw unsupported(node, `it cuts off elements (pads [${pads}])`, "a Slice");
  }
  normalizer.emit(node, {
    operator: "Pad",
    inputs: [input],
    outputs: [output],
    attributes: {
      pads: attribute.ints(pads),
      mode: attribute.string(stringAttribute(node, "mode", "constant")),
      value: attribute.float(normalizer.numbers(node, 2)?.[0] ?? 0),
    },
  });
}

function normalizeSplit(node: Node, normalizer: Normalizer): void {
  const { input } = ends(node);
  const rank = normalizer.shape(input).length;
  const axis = frontAxis(intAttribute(node, "axis", 0), rank);
  const outputs = node.outputs;
  normalizer.emit(node, {
    operator: "Split",
    inputs: [input],
    outputs,
    attributes: {
      axis: attribute.int(axis),
      split: attribute.ints(outputs.map((name) => normalizer.shape(name)[axis] ?? 0)),
    },
  });
}

/** TopK works along the last axis in normal form; another axis is brought there and back. */
export function normalizeTopK(node: Node, normalizer: Normalizer): void {
  const { input } = ends(node);
  const shape = normalizer.shape(input);
  const axis = frontAxis(intAttribute(node, "axis", -1), shape.length);
  const last = shape.length - 1;
  const k = normalizer.numbers(node, 1)?.[0] ?? 1;
  const attributes = {
    k: attribute.int(k),
    largest: attribute.int(intAttribute(node, "largest", 1)),
  };
  const operator = "TopK";
  if (axis === last) {
    normalizer.emit(node, { operator, inputs: [input], outputs: node.outputs, attributes });
    return;
  }
  const perm = shape.map((_, i) => i === axis ? last : i === last ? axis : i);
  const swapped = perm.map((from) => shape[from] ?? 1);
  const turn = { perm: attribute.ints(perm) };
  const source = normalizer.intermediate(`${input}.last`, input, swapped);
  normalizer.emit(
    node,
    { operator: "Transpose", inputs: [input], outputs: [source], attributes: turn },
    ".last",
  );
  const taken = swapped.with(last, k);
  const turned = node.outputs.map((output) =>
    output === "" ? "" : normalizer.intermediate(`${output}.last`, output, taken)
  );
  normalizer.emit(node, { operator, inputs: [source], outputs: turned, attributes });
  node.outputs.forEach((output, i) => {
    if (output === "") return;
    const inputs = [turned[i] ?? ""];
    const back = { operator: "Transpose", inputs, outputs: [output], attributes: turn };
    normalizer.emit(node, back, `.back${i}`);
  });
}
