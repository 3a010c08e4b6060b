import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "../../../graph/mod.ts";
import type { DlcOperator } from "../document.ts";
import { attribute, inputOf, type NormalGraph, shapeOf } from "../normal/normal_graph.ts";
import { unsupported } from "../normal/normalizer.ts";
import { PAD_SCHEMES } from "../unconfirmed_operators.ts";
import { CODE } from "./data_type_codes.ts";
import {
  operatorError,
  type OperatorReader,
  type ReadOperator,
  unknownSetting,
} from "./operator_reader.ts";
import { type OperatorDraft, parameter, type WriteOperator } from "./operator_writer.ts";

/** Operators that move elements. */
export const READ_SHAPING: Readonly<Record<string, ReadOperator>> = {
  Concat: readConcat,
  ExpandDims: readReshape,
  Gather: (operator, reader) => readGather(operator, reader, "Gather"),
  GatherElements: (operator, reader) => readGather(operator, reader, "GatherElements"),
  Pad: readPad,
  Reshape: readReshape,
  Split: readSplit,
  Squeeze: readReshape,
  StridedSlice: readSlice,
  Tile: readTile,
  Transpose: readTranspose,
};

/** Operators that move elements. */
export const WRITE_SHAPING: Readonly<Record<string, WriteOperator>> = {
  Concat: (node) => ({
    type: "Concat",
    parameters: [parameter.uint("axis", intAttribute(node, "axis", 0))],
  }),
  Gather: (node) => ({
    type: "Gather",
    parameters: [parameter.int("axis", intAttribute(node, "axis", 0))],
  }),
  GatherElements: (node) => ({
    type: "GatherElements",
    parameters: [parameter.uint("axis", intAttribute(node, "axis", 0))],
  }),
  Pad: writePad,
  Reshape: () => ({ type: "Reshape" }),
  Slice: writeSlice,
  Split: writeSplit,
  Tile: (node) => ({
    type: "Tile",
    parameters: [parameter.uints("multiples", intsAttribute(node, "repeats") ?? [])],
  }),
  Transpose: (node) => ({
    type: "Transpose",
    parameters: [parameter.uints("perm", intsAttribute(node, "perm") ?? [])],
  }),
};

function readReshape(operator: DlcOperator, reader: OperatorReader): void {
  reader.graph.emit(operator.name, {
    operator: "Reshape",
    inputs: [reader.input(operator)],
    outputs: [reader.output(operator)],
  });
}

function readConcat(operator: DlcOperator, reader: OperatorReader): void {
  const output = reader.output(operator);
  if (operator.inputs.length === 1) return readReshape(operator, reader);
  reader.graph.emit(operator.name, {
    operator: "Concat",
    inputs: [reader.input(operator), ...operator.inputs.slice(1)],
    outputs: [output],
    attributes: { axis: attribute.int(reader.axis(operator, "axis", { operand: output })) },
  });
}

function readTranspose(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const rank = reader.shape(operator, input).length;
  const perm = reader.listOf(operator, "perm", { length: rank });
  if (perm.toSorted((a, b) => a - b).some((axis, i) => axis !== i)) {
    throw operatorError(operator, `its perm is [${perm}]`, `the axes 0 to ${rank - 1} once each`);
  }
  reader.graph.emit(operator.name, {
    operator: "Transpose",
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: { perm: attribute.ints(perm) },
  });
}

function readGather(operator: DlcOperator, reader: OperatorReader, name: string): void {
  const input = reader.input(operator);
  const axis = reader.axis(operator, "axis", { fallback: 0, operand: input });
  reader.graph.emit(operator.name, {
    operator: name,
    inputs: [input, reader.input(operator, 1)],
    outputs: [reader.output(operator)],
    attributes: { axis: attribute.int(axis) },
  });
}

function readTile(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const { length } = reader.shape(operator, input);
  reader.graph.emit(operator.name, {
    operator: "Tile",
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: { repeats: attribute.ints(reader.listOf(operator, "multiples", { length })) },
  });
}

function readPad(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const { length } = reader.shape(operator, input);
  const scheme = reader.integer(operator, "scheme", 0);
  const mode = PAD_SCHEMES[scheme];
  if (mode === undefined) {
    throw unknownSetting(operator, "scheme", { value: scheme, works: "0, 2 or 3" });
  }
  const amounts = reader.listOf(operator, "pad_amount", { length: 2 * length });
  const side = (which: 0 | 1) => Array.from({ length }, (_, i) => amounts[2 * i + which] ?? 0);
  reader.graph.emit(operator.name, {
    operator: "Pad",
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: {
      pads: attribute.ints([...side(0), ...side(1)]),
      mode: attribute.string(mode),
      value: attribute.float(reader.float(operator, "pad_constant_value", 0)),
    },
  });
}

function writePad(node: Node): OperatorDraft {
  const mode = stringAttribute(node, "mode", "constant");
  const schemes: readonly (string | undefined)[] = PAD_SCHEMES;
  const scheme = schemes.indexOf(mode);
  if (scheme < 0) throw unsupported(node, `its mode is "${mode}"`, "constant, reflect or edge");
  const pads = intsAttribute(node, "pads") ?? [];
  const rank = pads.length / 2;
  const rows = pads.slice(0, rank).map((begin, i) => [begin, pads[rank + i] ?? 0]);
  const value = floatAttribute(node, "value", 0);
  return {
    type: "Pad",
    parameters: [
      parameter.rows("pad_amount", rows),
      ...(value === 0 ? [] : [parameter.float("pad_constant_value", value)]),
      parameter.uint("scheme", scheme),
    ],
  };
}

const SLICE_MASKS = ["begin_mask", "end_mask", "shrink_axes", "new_axes_mask"];

function readSlice(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const shape = reader.shape(operator, input);
  for (const name of SLICE_MASKS) {
    const value = reader.integer(operator, name, 0);
    if (value !== 0) throw unknownSetting(operator, name, { value, works: "0" });
  }
  const ranges = reader.listOf(operator, "ranges", { length: 3 * shape.length });
  const column = (which: 0 | 1 | 2) => shape.map((_, i) => ranges[3 * i + which] ?? 0);
  const [starts, ends, steps] = [column(0), column(1), column(2)];
  const fits = shape.every((size, i) => {
    const [start = -1, end = -1, step = 0] = [starts[i], ends[i], steps[i]];
    return step >= 1 && start >= 0 && start < end && end <= size;
  });
  if (!fits) {
    throw unknownSetting(operator, "ranges", {
      value: `[${ranges}]`,
      works: `begins and ends inside [${shape}] with steps of at least 1`,
    });
  }
  reader.graph.emitSlice(operator.name, {
    input,
    output: reader.output(operator),
    starts,
    ends,
    steps,
  });
}

function writeSlice(node: Node): OperatorDraft {
  const starts = intsAttribute(node, "starts") ?? [];
  const ends = intsAttribute(node, "ends") ?? [];
  const steps = intsAttribute(node, "steps") ?? [];
  const rows = starts.map((start, i) => [start, ends[i] ?? 0, steps[i] ?? 1]);
  return { type: "StridedSlice", parameters: [parameter.rows("ranges", rows, CODE.int32)] };
}

/** `split_index` holds where the second and later parts begin. */
function readSplit(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const axis = reader.axis(operator, "axis", { operand: input });
  const size = reader.shape(operator, input)[axis] ?? 0;
  const count = operator.outputs.length;
  const starts = [0, ...reader.listOf(operator, "split_index", { length: count - 1 }), size];
  const sizes = starts.slice(1).map((end, i) => end - (starts[i] ?? 0));
  if (sizes.some((part) => part < 1)) {
    throw operatorError(
      operator,
      `its split_index is [${starts.slice(1, -1)}]`,
      `rising to ${size}`,
    );
  }
  reader.graph.emit(operator.name, {
    operator: "Split",
    inputs: [input],
    outputs: operator.outputs,
    attributes: { axis: attribute.int(axis), split: attribute.ints(sizes) },
  });
}

function writeSplit(node: Node, graph: NormalGraph): OperatorDraft {
  const sizes = intsAttribute(node, "split") ?? [];
  let start = 0;
  const starts = sizes.slice(0, -1).map((size) => start += size);
  if (node.outputs.some((name) => name === "")) {
    const [size] = shapeOf(graph, inputOf(node, 0));
    throw unsupported(node, `a part of its input of ${size} is not named`, "a Slice");
  }
  return {
    type: "Split",
    parameters: [
      parameter.uint("axis", intAttribute(node, "axis", 0)),
      parameter.uints("split_index", starts),
    ],
  };
}
