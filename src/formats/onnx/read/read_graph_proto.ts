import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type ByteRange, type ByteSource, readProtobufFields, shortText } from "../../../io/mod.ts";
import type { TensorReference } from "../../../tensor/mod.ts";
import { MAX_GRAPH_ENTRIES } from "./limits.ts";
import { type OnnxNode, readNodeProto } from "./read_node_proto.ts";
import { readTensorProto } from "./read_tensor_proto.ts";
import { type DeclaredValue, readValueInfo } from "./read_value_info.ts";
import type { TensorReader } from "./tensor_reader.ts";

/** A graph as the file has it. */
export interface OnnxGraph {
  /** The name. */
  readonly name: string;
  /** In the order of the file. */
  readonly nodes: readonly OnnxNode[];
  /** Network inputs; before IR version 4 with initializers among them. */
  readonly inputs: readonly DeclaredValue[];
  /** Network outputs. */
  readonly outputs: readonly DeclaredValue[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, TensorReference>;
}

/**
 * Reads a graph; of its tensors only where they lie.
 *
 * @param source The file.
 * @param range Where the `GraphProto` lies.
 * @param context What turns tensors into references, and the abort signal.
 * @throws {FormatError} If the graph is malformed or an initializer is there twice.
 * @throws {UnsupportedError} If it has sparse initializers.
 */
export async function readGraphProto(
  source: ByteSource,
  range: ByteRange,
  { tensors, signal }: {
    readonly tensors: TensorReader;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<OnnxGraph> {
  let name = "";
  let entries = 0;
  const nodes: OnnxNode[] = [];
  const inputs: DeclaredValue[] = [];
  const outputs: DeclaredValue[] = [];
  const initializers = new Map<string, TensorReference>();
  const options = { message: "GraphProto", ...signal && { signal } };
  for await (const field of readProtobufFields(source, range, options)) {
    if (++entries > MAX_GRAPH_ENTRIES) throw tooManyEntries(source);
    if (field.number === 1) nodes.push(await readNodeProto(field, tensors, { signal }));
    else if (field.number === 2) name = shortText(field, "the name of the graph");
    else if (field.number === 11) inputs.push(readValueInfo(field));
    else if (field.number === 12) outputs.push(readValueInfo(field));
    else if (field.number === 15) throw sparse(source);
    else if (field.number === 5) {
      const proto = await readTensorProto(field, { signal });
      if (proto.name === "" || initializers.has(proto.name)) {
        throw badName(source, field.offset, proto.name);
      }
      initializers.set(proto.name, await tensors.reference(proto, proto.name));
    }
  }
  return { name, nodes, inputs, outputs, initializers };
}

function badName(source: ByteSource, offset: number, name: string): FormatError {
  const problem = name === "" ? "has no name" : "has the name of another one";
  return new FormatError(
    `Cannot read "${source.name}": the initializer "${name}" at byte ${offset} ${problem}`,
    { file: source.name, offset },
  );
}

function tooManyEntries(source: ByteSource): FormatError {
  return new FormatError(
    `Cannot read "${source.name}": its graph has more than ${MAX_GRAPH_ENTRIES} nodes, tensors and ` +
      `values`,
    { file: source.name, expected: `at most ${MAX_GRAPH_ENTRIES}` },
  );
}

function sparse(source: ByteSource): UnsupportedError {
  return new UnsupportedError(
    `Cannot read "${source.name}": it has sparse initializers; store them as dense tensors`,
  );
}
