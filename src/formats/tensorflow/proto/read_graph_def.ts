import { FormatError } from "../../../errors.ts";
import {
  type ByteRange,
  type ByteSource,
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  readProtobufFields,
} from "../../../io/mod.ts";
import { MAX_NODES } from "./limits.ts";
import { readFunctionDef, type TensorflowFunction } from "./read_function_def.ts";
import { readNodeDef, type TensorflowNode } from "./read_node_def.ts";

/** A graph as the file has it. */
export interface TensorflowGraph {
  /** By name, in the order of the file. */
  readonly nodes: ReadonlyMap<string, TensorflowNode>;
  /** The library, by name. */
  readonly functions: ReadonlyMap<string, TensorflowFunction>;
}

/**
 * Reads a graph; of its tensors only where they lie.
 *
 * @param source The file.
 * @param range Where the `GraphDef` lies.
 * @param options Abort signal.
 * @throws {FormatError} If the graph is malformed, or two nodes have one name.
 */
export async function readGraphDef(
  source: ByteSource,
  range: ByteRange,
  { signal }: NestedFieldsOptions = {},
): Promise<TensorflowGraph> {
  const nodes = new Map<string, TensorflowNode>();
  const functions = new Map<string, TensorflowFunction>();
  let count = 0;
  const onNode = () => {
    if (++count > MAX_NODES) throw tooManyNodes(source);
  };
  const options = { message: "GraphDef", ...signal && { signal } };
  for await (const field of readProtobufFields(source, range, options)) {
    if (field.number === 1) {
      onNode();
      const node = await readNodeDef(field, { signal });
      if (nodes.has(node.name)) throw twice(field, `node "${node.name}"`);
      nodes.set(node.name, node);
    } else if (field.number === 2) {
      for await (const part of nestedFields(field, "FunctionDefLibrary", { signal })) {
        if (part.number !== 1) continue;
        onNode();
        const definition = await readFunctionDef(part, { signal, onNode });
        if (functions.has(definition.name)) throw twice(part, `function "${definition.name}"`);
        functions.set(definition.name, definition);
      }
    }
  }
  return { nodes, functions };
}

function twice(field: ProtobufField, what: string): FormatError {
  const { source, offset } = field;
  return new FormatError(
    `Cannot read "${source.name}": ${what} at byte ${offset} is there twice, expected once`,
    { file: source.name, offset },
  );
}

function tooManyNodes(source: ByteSource): FormatError {
  return new FormatError(
    `Cannot read "${source.name}": its graph has more than ${MAX_NODES} nodes`,
    { file: source.name, expected: `at most ${MAX_NODES}` },
  );
}
