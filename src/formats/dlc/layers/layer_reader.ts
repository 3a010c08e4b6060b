import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type DataType, viewTensor } from "../../../tensor/mod.ts";
import type { DlcArgument, DlcLayer, DlcLayerTensor } from "../document.ts";
import type { Constant } from "../normal/normal_graph.ts";
import { NormalGraphBuilder } from "../normal/normal_graph_builder.ts";
import { findArgument } from "./arguments.ts";
import { readEncodings } from "./encoding_arguments.ts";

/** Reads one layer type into nodes in normal form. */
export type ReadLayer = (layer: DlcLayer, reader: LayerReader) => void;

/** Reads attributes, dims and tensors of layers, checked, and gathers what they become. */
export class LayerReader {
  /** What has been read so far. */
  readonly graph: NormalGraphBuilder;

  /** Starts with the names of the file. */
  constructor(layers: readonly DlcLayer[]) {
    this.graph = new NormalGraphBuilder(
      layers.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
      layers.map(({ name }) => name),
    );
  }

  /** The only input, or the one at `index`. */
  input(layer: DlcLayer, index = 0): string {
    const name = layer.inputs[index];
    if (name !== undefined) return name;
    throw layerError(layer, `it has ${layer.inputs.length} inputs`, `at least ${index + 1}`);
  }

  /** The output at `index`. */
  output(layer: DlcLayer, index = 0): string {
    const name = layer.outputs[index];
    if (name !== undefined) return name;
    throw layerError(layer, `it has ${layer.outputs.length} outputs`, `at least ${index + 1}`);
  }

  /** Dims of a buffer. */
  shape(layer: DlcLayer, buffer: string): readonly number[] {
    const shape = this.graph.shapes.get(buffer);
    if (shape !== undefined) return shape;
    throw layerError(layer, `it reads buffer "${buffer}"`, "a buffer that an earlier layer makes");
  }

  /** Height and width of an NHWC buffer. */
  imageShape(layer: DlcLayer, buffer: string): readonly [number, number] {
    const shape = this.shape(layer, buffer);
    if (shape.length === 4) return [shape[1] ?? 1, shape[2] ?? 1];
    throw layerError(layer, `buffer "${buffer}" has dims [${shape}]`, "4 dims (NHWC)");
  }

  /** An integer attribute of either kind. */
  integer(layer: DlcLayer, name: string, fallback?: number): number {
    const found = this.#find(layer, name, ["int", "uint"], fallback);
    return found?.kind === "int" || found?.kind === "uint" ? found.value : fallback ?? 0;
  }

  /** A float attribute. */
  float(layer: DlcLayer, name: string, fallback?: number): number {
    const found = this.#find(layer, name, ["float"], fallback);
    const value = found?.kind === "float" ? found.value : fallback ?? 0;
    if (Number.isNaN(value)) throw layerError(layer, `its attribute "${name}" is NaN`, "a number");
    return value;
  }

  /** A boolean attribute. */
  boolean(layer: DlcLayer, name: string, fallback?: boolean): boolean {
    const found = this.#find(layer, name, ["boolean"], fallback);
    return found?.kind === "boolean" ? found.value : fallback ?? false;
  }

  /** A list of integers. */
  integers(layer: DlcLayer, name: string): readonly number[] {
    const found = this.#find(layer, name, ["ints", "uints"]);
    return found?.kind === "ints" || found?.kind === "uints" ? found.value : [];
  }

  /** A list of floats. */
  floats(layer: DlcLayer, name: string, fallback?: readonly number[]): readonly number[] {
    const found = this.#find(layer, name, ["floats"], fallback);
    return found?.kind === "floats" ? found.value : fallback ?? [];
  }

  /** A tensor of the layer as a constant; `undefined` if it has none of that name. */
  tensor(layer: DlcLayer, name: string): string | undefined {
    const found = layer.tensors.find((tensor) => tensor.name === name);
    return found === undefined
      ? undefined
      : this.graph.constant(`${layer.name}.${name}`, toConstant(layer, found));
  }

  /** A tensor the layer cannot do without. */
  requireTensor(layer: DlcLayer, name: string): string {
    const found = this.tensor(layer, name);
    if (found !== undefined) return found;
    throw layerError(layer, `it has no tensor "${name}"`, "one in model.params");
  }

  #find(
    layer: DlcLayer,
    name: string,
    kinds: readonly DlcArgument["kind"][],
    fallback?: unknown,
  ): DlcArgument | undefined {
    const found = findArgument(layer.attributes, name);
    if (found === undefined) {
      if (fallback !== undefined) return undefined;
      throw layerError(layer, `it has no attribute "${name}"`, `one of kind ${kinds.join(" or ")}`);
    }
    if (kinds.includes(found.kind)) return found;
    throw layerError(
      layer,
      `its attribute "${name}" is of kind ${found.kind}`,
      kinds.join(" or "),
    );
  }
}

/** Bits of the types that the container reads quantized data as. */
const CODE_BITS: ReadonlyMap<DataType, number> = new Map([["uint8", 8], ["uint16", 16], [
  "int32",
  32,
]]);

/** A tensor of a layer with its encoding. */
export function toConstant(layer: DlcLayer, tensor: DlcLayerTensor): Omit<Constant, "name"> {
  const { data } = tensor;
  const owner = { layer: layer.name, what: `tensor "${tensor.name}"` };
  const encoding = readEncodings(tensor.attributes, owner)[0];
  if (encoding === undefined) {
    if (data.dtype === "float32") return { data };
    if (data.dtype === "float16") {
      return { data: viewTensor(data, { kind: "cast", dtype: "float32" }) };
    }
    throw layerError(
      layer,
      `its tensor "${tensor.name}" is ${data.dtype} without an encoding`,
      "one",
    );
  }
  const { axis, encodings } = encoding;
  const bits = CODE_BITS.get(data.dtype);
  if (encodings.some(({ bitwidth }) => bitwidth !== bits)) {
    throw layerError(
      layer,
      `its tensor "${tensor.name}" is ${data.dtype} with ${encodings[0]?.bitwidth} bits`,
      "a type of as many bits",
    );
  }
  if (axis !== undefined && encodings.length !== data.shape[axis]) {
    throw layerError(
      layer,
      `its tensor "${tensor.name}" of dims [${data.shape}] has ${encodings.length} encodings`,
      `as many as axis ${axis} is long`,
    );
  }
  return { data: viewTensor(data, { kind: "dequantize", encoding }), encoding };
}

/** The error about a layer that contradicts itself or the file. */
export function layerError(layer: DlcLayer, found: string, expected: string): FormatError {
  return new FormatError(
    `Cannot read layer "${layer.name}" (${layer.type}): ${found}, expected ${expected}`,
    { found, expected },
  );
}

/** The error about a number without a known meaning. */
export function unknownNumber(layer: DlcLayer, name: string, value: number): UnsupportedError {
  return new UnsupportedError(
    `Cannot read layer "${layer.name}" (${layer.type}): its ${name} is ${value}, a number whose ` +
      "meaning is not known; a DLC converted by SNPE 2 or QAIRT would work",
    { node: layer.name, operator: layer.type },
  );
}
