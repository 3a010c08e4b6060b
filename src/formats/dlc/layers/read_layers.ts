import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { ValueInfo } from "../../../graph/mod.ts";
import type { DataType } from "../../../tensor/mod.ts";
import type { DlcDocument3, DlcLayer } from "../document.ts";
import { readMetadata } from "../lower/read_metadata.ts";
import type { NormalGraph } from "../normal/normal_graph.ts";
import { findArgument } from "./arguments.ts";
import { READ_CONVOLUTION } from "./convolution.ts";
import { READ_ELEMENTWISE } from "./elementwise.ts";
import { readEncodings } from "./encoding_arguments.ts";
import { layerError, LayerReader, type ReadLayer, toConstant } from "./layer_reader.ts";
import { READ_POOLING } from "./pooling.ts";
import { READ_SHAPING } from "./shaping.ts";
import { READ_STATISTICS } from "./statistics.ts";

const READ: Readonly<Record<string, ReadLayer>> = {
  ...READ_CONVOLUTION,
  ...READ_ELEMENTWISE,
  ...READ_POOLING,
  ...READ_SHAPING,
  ...READ_STATISTICS,
};

/** Layers that compute nothing: what they make is no output of the network, read or not. */
const SOURCES = ["Const", "Input"];

/** The layer types of version 3 that have a known meaning, in alphabetical order. */
export function readLayerTypes(): readonly string[] {
  return [...SOURCES, ...Object.keys(READ)].sort();
}

/**
 * Reads the layers of a version 3 document into a graph in normal form and stored layout. Outputs of
 * the network are those the document lists or, as in all real files, the buffers that no layer reads.
 *
 * @throws {UnsupportedError} If a layer type or a number in its attributes has no known meaning.
 * @throws {FormatError} If layers, dims and tensors contradict one another.
 */
export function readLayers(document: DlcDocument3): NormalGraph {
  const { layers } = document;
  const reader = new LayerReader(layers);
  const inputs: string[] = [];
  for (const layer of layers) {
    readOutputs(layer, reader);
    if (layer.type === "Input") inputs.push(reader.output(layer));
    else if (layer.type === "Const") readConst(layer, reader);
    else readLayer(layer, reader);
  }
  const read = new Set(layers.flatMap((layer) => layer.type === "Input" ? [] : layer.inputs));
  const made = layers.flatMap((layer) => SOURCES.includes(layer.type) ? [] : layer.outputs);
  const listed = document.externalOutputs ?? [];
  const unknown = listed.find((name) => !made.includes(name));
  if (unknown !== undefined) {
    throw new FormatError(
      `Cannot read DLC 3: its output "${unknown}" is no buffer that a layer makes`,
    );
  }
  const values = new Map<string, ValueInfo>();
  for (const [name, shape] of reader.graph.shapes) {
    const dtype: DataType = "float32";
    if (!reader.graph.constants.has(name)) values.set(name, { name, dtype, shape });
  }
  return {
    name: document.name ?? "network",
    inputs,
    outputs: listed.length > 0 ? listed : made.filter((name) => !read.has(name)),
    nodes: reader.graph.nodes,
    values,
    constants: reader.graph.constants,
    activations: reader.graph.activations,
    metadata: readMetadata(document),
  };
}

function readLayer(layer: DlcLayer, reader: LayerReader): void {
  const read = Object.hasOwn(READ, layer.type) ? READ[layer.type] : undefined;
  if (read === undefined) {
    throw new UnsupportedError(
      `Cannot read layer "${layer.name}": its type "${layer.type}" has no known meaning; ` +
        `known are ${["Input", "Const", ...Object.keys(READ)].sort().join(", ")}`,
      { node: layer.name, operator: layer.type },
    );
  }
  for (const input of layer.inputs) {
    if (!reader.graph.constants.has(input)) reader.shape(layer, input);
  }
  read(layer, reader);
}

/** Dims and encodings of the buffers that a layer makes. */
function readOutputs(layer: DlcLayer, reader: LayerReader): void {
  const dims = findArgument(layer.attributes, "OutputDims");
  const list = dims?.kind === "nested" ? dims.value : [];
  layer.outputs.forEach((output, i) => {
    const one = list[i];
    if (one?.kind !== "uints" && one?.kind !== "ints") {
      throw layerError(layer, `it has no OutputDims of output ${i}`, "a list of dims");
    }
    if (reader.graph.shapes.has(output)) {
      throw new FormatError(
        `Cannot read layer "${layer.name}" (${layer.type}): another layer makes buffer "${output}"`,
      );
    }
    if (one.value.some((size) => size < 1)) {
      throw layerError(layer, `its output ${i} has dims [${one.value}]`, "positive dims");
    }
    reader.graph.shapes.set(output, one.value);
  });
  const what = "its outputs";
  const encodings = readEncodings(layer.attributes, { layer: layer.name, what });
  encodings.slice(0, layer.outputs.length).forEach((encoding, i) => {
    if (encoding.axis !== undefined) {
      throw layerError(layer, `output ${i} has encodings on axis ${encoding.axis}`, "one encoding");
    }
    reader.graph.activations.set(layer.outputs[i] ?? "", encoding);
  });
}

function readConst(layer: DlcLayer, reader: LayerReader): void {
  const output = reader.output(layer);
  const tensor = layer.tensors.find(({ name }) => name === "value");
  if (tensor === undefined) throw layerError(layer, 'it has no tensor "value"', "one");
  reader.graph.constants.set(output, { ...toConstant(layer, tensor), name: output });
  reader.graph.activations.delete(output);
}
