import {
  type ByteRange,
  type ByteSource,
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  readProtobufFields,
  shortText,
} from "../../../io/mod.ts";
import { readTensorShape, type StatedShape } from "./read_tensor_shape.ts";
import { readMapEntry } from "./read_map_entry.ts";

/** What a signature says about an input or output. */
export interface SignatureTensor {
  /** The node's output, without `:0`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: StatedShape;
}

/** Inputs and outputs of a model by the names that users of it know. */
export interface Signature {
  /** Inputs by key. */
  readonly inputs: ReadonlyMap<string, SignatureTensor>;
  /** Outputs by key. */
  readonly outputs: ReadonlyMap<string, SignatureTensor>;
}

/** A `MetaGraphDef`, its graph not read yet. */
export interface MetaGraph {
  /** What it is for: `serve`, `train`, …. */
  readonly tags: readonly string[];
  /** The TensorFlow that wrote it; empty if not stated. */
  readonly producer: string;
  /** Where the `GraphDef` lies. */
  readonly graph: ByteRange | undefined;
  /** The node that restores the variables; empty if there is none. */
  readonly restoreNode: string;
  /** By key. */
  readonly signatures: ReadonlyMap<string, Signature>;
}

/**
 * Reads a `MetaGraphDef` but for its graph.
 *
 * @param source The file.
 * @param range Where it lies: the whole file, or the field that holds it.
 * @param options Abort signal.
 * @throws {FormatError} If it is malformed.
 */
export async function readMetaGraph(
  source: ByteSource,
  range: ByteRange | ProtobufField,
  { signal }: NestedFieldsOptions = {},
): Promise<MetaGraph> {
  const tags: string[] = [];
  let producer = "";
  let graph: ByteRange | undefined;
  let restoreNode = "";
  const signatures = new Map<string, Signature>();
  const options = { message: "MetaGraphDef", ...signal && { signal } };
  for await (const field of readProtobufFields(source, range, options)) {
    if (field.number === 1) {
      for await (const part of nestedFields(field, "MetaInfoDef", { signal })) {
        if (part.number === 4) tags.push(shortText(part, "a tag"));
        if (part.number === 5) producer = shortText(part, "the version of TensorFlow");
      }
    } else if (field.number === 2) {
      graph = { offset: field.offset, byteLength: field.byteLength };
    } else if (field.number === 3) {
      for await (const part of nestedFields(field, "SaverDef", { signal })) {
        if (part.number === 3) restoreNode = shortText(part, "the name of a node");
      }
    } else if (field.number === 5) {
      const readValue = (value: ProtobufField) => readSignature(value, { signal });
      const { key, value } = await readMapEntry(field, "a signature", { signal, readValue });
      if (value !== undefined) signatures.set(key, value);
    }
  }
  return { tags, producer, graph, restoreNode, signatures };
}

async function readSignature(
  field: ProtobufField,
  options: NestedFieldsOptions,
): Promise<Signature> {
  const inputs = new Map<string, SignatureTensor>();
  const outputs = new Map<string, SignatureTensor>();
  const readValue = readSignatureTensor;
  for await (const part of nestedFields(field, "SignatureDef", options)) {
    if (part.number !== 1 && part.number !== 2) continue;
    const { key, value } = await readMapEntry(part, "a tensor", { ...options, readValue });
    if (value !== undefined) (part.number === 1 ? inputs : outputs).set(key, value);
  }
  return { inputs, outputs };
}

function readSignatureTensor(field: ProtobufField): SignatureTensor {
  let name = "";
  let shape: StatedShape;
  for (const part of field.fields("TensorInfo")) {
    if (part.number === 1) name = shortText(part, "the name of a tensor").replace(/:0$/, "");
    if (part.number === 3) shape = readTensorShape(part);
  }
  return { name, shape };
}
