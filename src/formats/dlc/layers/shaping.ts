import { intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import type { DlcLayer } from "../document.ts";
import { attribute, inputOf, type NormalGraph, shapeOf } from "../normal/normal_graph.ts";
import { argument } from "./arguments.ts";
import { layerError, type LayerReader, type ReadLayer } from "./layer_reader.ts";
import { type LayerDraft, notIn3, type WriteLayer } from "./layer_writer.ts";

/** Layers that move elements. */
export const READ_SHAPING: Readonly<Record<string, ReadLayer>> = {
  Concat: readConcat,
  Crop: readCrop,
  Permute: readPermute,
  Reshape: readReshape,
};

/** Operators that move elements. */
export const WRITE_SHAPING: Readonly<Record<string, WriteLayer>> = {
  Concat: (node) => [{
    type: "Concat",
    attributes: [argument.uint("axis", intAttribute(node, "axis", 0))],
  }],
  Identity: () => [{ type: "Reshape" }],
  Reshape: (node) => [{ type: "Reshape", inputs: [inputOf(node, 0)] }],
  Slice: writeSlice,
  Split: writeSplit,
  Transpose: (node) => [{
    type: "Permute",
    attributes: [argument.uints("order", intsAttribute(node, "perm") ?? [])],
  }],
};

function readReshape(layer: DlcLayer, reader: LayerReader): void {
  const [input, output] = [reader.input(layer), reader.output(layer)];
  reader.graph.emit(layer.name, { operator: "Reshape", inputs: [input], outputs: [output] });
}

function readConcat(layer: DlcLayer, reader: LayerReader): void {
  const output = reader.output(layer);
  const axis = reader.integer(layer, "axis");
  const rank = reader.shape(layer, output).length;
  if (axis < 0 || axis >= rank) throw layerError(layer, `its axis is ${axis}`, `0 to ${rank - 1}`);
  if (layer.inputs.length === 1) return readReshape(layer, reader);
  reader.graph.emit(layer.name, {
    operator: "Concat",
    inputs: [reader.input(layer), ...layer.inputs.slice(1)],
    outputs: [output],
    attributes: { axis: attribute.int(axis) },
  });
}

function readPermute(layer: DlcLayer, reader: LayerReader): void {
  const input = reader.input(layer);
  const order = reader.integers(layer, "order");
  const rank = reader.shape(layer, input).length;
  const sorted = [...order].sort((a, b) => a - b);
  if (order.length !== rank || sorted.some((axis, i) => axis !== i)) {
    throw layerError(layer, `its order is [${order}]`, `the axes 0 to ${rank - 1} once each`);
  }
  reader.graph.emit(layer.name, {
    operator: "Transpose",
    inputs: [input],
    outputs: [reader.output(layer)],
    attributes: { perm: attribute.ints(order) },
  });
}

/** A count of 0 takes the whole axis. */
function readCrop(layer: DlcLayer, reader: LayerReader): void {
  const input = reader.input(layer);
  const shape = reader.shape(layer, input);
  const counts = reader.integers(layer, "counts");
  const starts = reader.integers(layer, "offsets");
  const ends = shape.map((size, i) => {
    const count = counts[i] ?? 0;
    return count === 0 ? size : (starts[i] ?? 0) + count;
  });
  const fits = counts.length === shape.length && starts.length === shape.length &&
    ends.every((end, i) => (starts[i] ?? -1) >= 0 && end <= (shape[i] ?? 0));
  if (!fits) {
    throw layerError(layer, `it takes counts [${counts}] at [${starts}]`, `a part of [${shape}]`);
  }
  reader.graph.emitSlice(layer.name, {
    input,
    output: reader.output(layer),
    starts: starts.map((start, i) => counts[i] === 0 ? 0 : start),
    ends,
    steps: shape.map(() => 1),
  });
}

function crop(
  shape: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
): LayerDraft {
  const isWhole = shape.map((size, i) => starts[i] === 0 && ends[i] === size);
  return {
    type: "Crop",
    attributes: [
      argument.uints(
        "counts",
        isWhole.map((whole, i) => whole ? 0 : (ends[i] ?? 0) - (starts[i] ?? 0)),
      ),
      argument.uints("offsets", starts),
    ],
  };
}

function writeSlice(node: Node, graph: NormalGraph): readonly LayerDraft[] {
  const steps = intsAttribute(node, "steps") ?? [];
  if (steps.some((step) => step !== 1)) throw notIn3(node, `it takes steps [${steps}]`);
  const shape = shapeOf(graph, inputOf(node, 0));
  return [crop(shape, intsAttribute(node, "starts") ?? [], intsAttribute(node, "ends") ?? [])];
}

/** One Crop for each output that is used. */
function writeSplit(node: Node, graph: NormalGraph): readonly LayerDraft[] {
  const shape = shapeOf(graph, inputOf(node, 0));
  const axis = intAttribute(node, "axis", 0);
  const sizes = intsAttribute(node, "split") ?? [];
  const used = new Set([...graph.outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)]);
  let start = 0;
  return node.outputs.flatMap((output, i) => {
    const end = start + (sizes[i] ?? 0);
    const starts = shape.map((_, j) => j === axis ? start : 0);
    const draft = {
      ...crop(shape, starts, shape.map((size, j) => j === axis ? end : size)),
      outputs: [output],
      suffix: `.${i}`,
    };
    start = end;
    return used.has(output) ? [draft] : [];
  });
}
