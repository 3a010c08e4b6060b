import { UnsupportedError } from "../../../errors.ts";
import type { Node } from "../../../graph/mod.ts";
import {
  byteLengthOf,
  countElements,
  type TensorEncoding,
  viewTensor,
} from "../../../tensor/mod.ts";
import type { DlcArgument, DlcDocument3, DlcLayer, DlcLayerTensor } from "../document.ts";
import { storedData } from "../normal/constant.ts";
import { type Constant, type NormalGraph, shapeOf, valueOf } from "../normal/normal_graph.ts";
import { unsupported } from "../normal/normalizer.ts";
import type { RelaidGraph } from "../normal/relayout.ts";
import { UniqueNames } from "../normal/unique_names.ts";
import { writeMetadata } from "../raise/write_metadata.ts";
import { AXIS_ORDER, BUFFER_DATA_SIZE, INPUT_COLOR_SPACE } from "../unconfirmed_operators.ts";
import { argument, sortArguments } from "./arguments.ts";
import { WRITE_CONVOLUTION } from "./convolution.ts";
import { WRITE_ELEMENTWISE } from "./elementwise.ts";
import { writeEncodings } from "./encoding_arguments.ts";
import { withFullyConnected } from "./fully_connected.ts";
import { type LayerDraft, notIn3, type WriteLayer } from "./layer_writer.ts";
import { leafOutputs } from "./leaf_outputs.ts";
import { WRITE_POOLING } from "./pooling.ts";
import { WRITE_SHAPING } from "./shaping.ts";
import { WRITE_STATISTICS } from "./statistics.ts";
import { withZeroBiases } from "./zero_bias.ts";

const WRITE: Readonly<Record<string, WriteLayer>> = {
  ...WRITE_CONVOLUTION,
  ...WRITE_ELEMENTWISE,
  ...WRITE_POOLING,
  ...WRITE_SHAPING,
  ...WRITE_STATISTICS,
};

/** Parameters of version 3 lie in one FlatBuffer, whose offsets end here. */
const MAX_PARAMETER_BYTES = 2 ** 31;

/** Options for {@linkcode writeLayers}. */
export interface WriteLayersOptions {
  /** Whether layers with weights get a bias of zeros where they have none. */
  readonly zeroBias: boolean;
}

/**
 * Writes a graph in normal form and stored layout as the layers of a version 3 document.
 *
 * @throws {UnsupportedError} If version 3 cannot hold an operator, a type, an encoding or the size.
 */
export function writeLayers(graph: RelaidGraph, options: WriteLayersOptions): DlcDocument3 {
  const leaved = withFullyConnected(leafOutputs(graph));
  const whole = options.zeroBias ? withZeroBiases(leaved) : leaved;
  requireFit(whole);
  const writer = new LayersWriter(whole);
  return {
    version: "3.0",
    metadata: writeMetadata(graph),
    layers: writer.layers,
    attributes: [argument.list("BufferInfos", writer.buffers)],
    records: [],
  };
}

function requireFit(graph: NormalGraph): void {
  for (const name of graph.inputs) {
    const { dtype } = valueOf(graph, name);
    if (dtype !== "float32") throw notFit(`input "${name}" is ${dtype}`, "float32");
  }
  for (const [name, encoding] of graph.activations) requireEncoding(name, encoding);
  let bytes = 0;
  for (const { name, data, encoding, isFloat } of graph.constants.values()) {
    if (isFloat) throw notFit(`"${name}" is float beside its encoding`, "integers");
    if (encoding !== undefined) requireEncoding(name, encoding);
    else if (!["float32", "float16"].includes(data.dtype)) {
      throw notFit(`constant "${name}" is ${data.dtype}`, "float32");
    }
    bytes += byteLengthOf(encoding === undefined ? "float32" : "uint8", countElements(data.shape));
  }
  if (bytes >= MAX_PARAMETER_BYTES) {
    throw notFit(`its weights take ${bytes} bytes`, `less than ${MAX_PARAMETER_BYTES}`);
  }
}

function requireEncoding(name: string, { axis, encodings }: TensorEncoding): void {
  const [first] = encodings;
  if (axis !== undefined) throw notFit(`"${name}" has encodings on axis ${axis}`, "one");
  if (first?.bitwidth !== 8) throw notFit(`"${name}" has ${first?.bitwidth} bits`, "8 bits");
}

function notFit(found: string, expected: string): UnsupportedError {
  return new UnsupportedError(
    `Cannot write DLC version 3: ${found}, expected ${expected}; DLC version 4 would work`,
  );
}

class LayersWriter {
  readonly layers: DlcLayer[] = [];
  readonly buffers: DlcArgument[] = [];
  readonly #graph: RelaidGraph;
  readonly #names: UniqueNames;
  readonly #written = new Set<string>();

  constructor(graph: RelaidGraph) {
    this.#graph = graph;
    this.#names = new UniqueNames(graph.nodes.map(({ name }) => name));
    for (const name of graph.inputs) this.#addInput(name);
    for (const node of graph.nodes) this.#addNode(node);
  }

  #addInput(name: string): void {
    this.#add({
      name: this.#names.take(name),
      type: "Input",
      inputs: [name],
      outputs: [name],
      attributes: [
        argument.uint("input_color_space", INPUT_COLOR_SPACE),
        argument.uint("input_type", 0),
        argument.uint("output_color_space", INPUT_COLOR_SPACE),
      ],
      tensors: [],
    });
  }

  #addNode(node: Node): void {
    const write = Object.hasOwn(WRITE, node.operator) ? WRITE[node.operator] : undefined;
    if (write === undefined) {
      throw unsupported(node, "version 3 has no known layer type for it", "DLC version 4");
    }
    for (const draft of write(node, this.#graph)) this.#addDraft(node, draft);
  }

  #addDraft(node: Node, draft: LayerDraft): void {
    const inputs = draft.inputs ?? node.inputs.filter((name) => name !== "");
    for (const input of inputs) {
      const constant = this.#graph.constants.get(input);
      if (constant !== undefined && !this.#written.has(input)) this.#addConst(constant);
    }
    const tensors = Object.entries(draft.tensors ?? {}).map(([name, source]) => {
      const constant = this.#graph.constants.get(source);
      if (constant === undefined) throw notIn3(node, `its ${name} is computed by the network`);
      return layerTensor(name, constant);
    });
    this.#add({
      name: draft.suffix === undefined ? node.name : this.#names.take(node.name + draft.suffix),
      type: draft.type,
      inputs,
      outputs: draft.outputs ?? node.outputs.filter((name) => name !== ""),
      attributes: draft.attributes ?? [],
      tensors: tensors.sort((a, b) => a.name < b.name ? -1 : 1),
    });
  }

  #addConst(constant: Constant): void {
    this.#written.add(constant.name);
    this.#add({
      name: this.#names.take(constant.name),
      type: "Const",
      inputs: [],
      outputs: [constant.name],
      attributes: [],
      tensors: [layerTensor("value", constant)],
    });
  }

  /** Adds what every layer has: dims and encodings of its outputs. */
  #add(layer: DlcLayer): void {
    const shapes = layer.outputs.map((name) => shapeOf(this.#graph, name));
    const dims = shapes.map((shape, i) => argument.uints(String(i), shape));
    const encodings = layer.outputs.map((name) =>
      (this.#graph.activations.get(name) ?? this.#graph.constants.get(name)?.encoding)
        ?.encodings[0]
    ).filter((encoding) => encoding !== undefined);
    const isEncoded = encodings.length > 0 && encodings.length === layer.outputs.length;
    this.layers.push({
      ...layer,
      attributes: sortArguments([
        ...layer.attributes,
        argument.list("OutputDims", dims),
        ...(isEncoded ? [writeEncodings(encodings)] : []),
      ]),
    });
    layer.outputs.forEach((name, i) => this.#addBuffer(name, { layer, shape: shapes[i] ?? [] }));
  }

  #addBuffer(
    name: string,
    { layer, shape }: { layer: DlcLayer; shape: readonly number[] },
  ): void {
    this.buffers.push(argument.nested(name, [
      argument.ints("axis_order", this.#axisOrder(name, { layer, shape })),
      argument.uint("data_size", BUFFER_DATA_SIZE),
      argument.uints("dims", shape),
    ]));
  }

  #axisOrder(
    name: string,
    { layer, shape }: { layer: DlcLayer; shape: readonly number[] },
  ): readonly number[] {
    if (this.#graph.images.has(name)) return AXIS_ORDER.image;
    if (layer.type === "Const" || layer.type === "Reshape") return AXIS_ORDER.none;
    if (shape.length === 4) return AXIS_ORDER.channelsFirst;
    return shape.length === 2 ? AXIS_ORDER.feature : AXIS_ORDER.none;
  }
}

/** Quantized elements are unsigned bytes; the zero point of a symmetric grid stands in its offset. */
function layerTensor(name: string, constant: Constant): DlcLayerTensor {
  const [encoding] = constant.encoding?.encodings ?? [];
  if (encoding !== undefined) {
    const data = storedData(constant, "uint8");
    return { name, data, attributes: [writeEncodings([encoding])] };
  }
  const data = viewTensor(constant.data, { kind: "cast", dtype: "float32" });
  return { name, data, attributes: [] };
}
