import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type ByteSource, type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { TensorReference } from "../../../tensor/mod.ts";
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { readGraphDef, type TensorflowGraph } from "../proto/read_graph_def.ts";
import { type MetaGraph, readMetaGraph, type Signature } from "../proto/read_meta_graph.ts";
import type { TensorflowKind } from "../tensorflow_kind.ts";
import { VariableReader } from "./variable_reader.ts";

/** A graph, and what its file says about it. */
export interface TensorflowProgram extends AsyncDisposable {
  /** Whether the graph is for inference, so that what no node reads is an output. */
  readonly frozen: boolean;
  /** The graph. */
  readonly graph: TensorflowGraph;
  /** Inputs and outputs, where the file names them. */
  readonly signature: Signature | undefined;
  /** The TensorFlow that wrote it; empty if not stated. */
  readonly producer: string;
  /** Reads a variable by the node that makes it; absent where there is no checkpoint. */
  readonly readVariable: ((name: string) => Promise<TensorReference>) | undefined;
}

/** Which part of a SavedModel is meant. */
export interface ProgramChoice {
  /** The tag of the meta graph. */
  readonly tag: string;
  /** The key of the signature; the default one need not be there. */
  readonly signatureKey: string | undefined;
  /** Ends the work early. */
  readonly signal: AbortSignal | undefined;
}

/** The signature that TensorFlow Serving uses. */
const DEFAULT_SIGNATURE = "serving_default";

/**
 * Reads a graph from a file of any kind, and the index of its checkpoint. The file stays open.
 *
 * @param source The file.
 * @param kind What it holds.
 * @param choice Tag and signature.
 * @throws {FormatError} If a file is missing or damaged.
 * @throws {RangeError} If there is no such tag or signature.
 */
export async function openProgram(
  source: ByteSource,
  kind: TensorflowKind,
  choice: ProgramChoice,
): Promise<TensorflowProgram> {
  const whole = { offset: 0, byteLength: source.byteLength };
  if (kind === "graph") {
    return {
      frozen: true,
      graph: await readGraphDef(source, whole, choice),
      signature: undefined,
      producer: "",
      readVariable: undefined,
      async [Symbol.asyncDispose]() {},
    };
  }
  const meta = kind === "saved model"
    ? await findMetaGraph(source, choice)
    : await readMetaGraph(source, whole, choice);
  if (meta.graph === undefined) {
    throw new FormatError(`Cannot read "${source.name}": its meta graph has no graph`, {
      file: source.name,
    });
  }
  const graph = await readGraphDef(source, meta.graph, choice);
  const signature = findSignature(source, meta, choice);
  const prefix = kind === "saved model" ? "variables/variables" : checkpointPrefix(source);
  const checkpoint = hasVariables(graph)
    ? await Checkpoint.open(source, prefix, choice)
    : undefined;
  const { restoreNode, producer } = meta;
  const reader = checkpoint &&
    new VariableReader(graph, { checkpoint, restoreNode, file: source.name });
  return {
    frozen: false,
    graph,
    signature,
    producer: producer === "" ? "" : `TensorFlow ${producer}`,
    readVariable: reader && ((name) => reader.read(name)),
    [Symbol.asyncDispose]: async () => await checkpoint?.[Symbol.asyncDispose](),
  };
}

/** The meta graph with the tag; if there are several, the one with the fewest other tags. */
async function findMetaGraph(source: ByteSource, choice: ProgramChoice): Promise<MetaGraph> {
  const { tag, signal } = choice;
  const found: MetaGraph[] = [];
  const tags: string[] = [];
  const whole = { offset: 0, byteLength: source.byteLength };
  const options = { message: "SavedModel", ...signal && { signal } };
  for await (const field of readProtobufFields(source, whole, options)) {
    if (field.number === 1) checkVersion(field);
    if (field.number !== 2) continue;
    const meta = await readMetaGraph(source, field, { signal });
    tags.push(meta.tags.join(","));
    if (meta.tags.includes(tag)) found.push(meta);
  }
  const [best] = found.toSorted((a, b) => a.tags.length - b.tags.length);
  if (best !== undefined) return best;
  throw new RangeError(
    `Cannot open "${source.name}": it has no meta graph with the tag "${tag}", found ${
      tags.map((tag) => `"${tag}"`).join(", ") || "none"
    }`,
  );
}

function checkVersion(field: ProtobufField): void {
  const version = field.integer();
  if (version === 1) return;
  throw new UnsupportedError(
    `Cannot read "${field.source.name}": its SavedModel schema has version ${version}; supported ` +
      `is version 1`,
  );
}

function findSignature(
  { name: file }: ByteSource,
  { signatures }: MetaGraph,
  { signatureKey }: ProgramChoice,
): Signature | undefined {
  const key = signatureKey ?? DEFAULT_SIGNATURE;
  const signature = signatures.get(key);
  if (signature !== undefined) return signature;
  const keys = [...signatures.keys()].filter((name) => !name.startsWith("__"));
  if (signatureKey === undefined) {
    const [only, second] = keys;
    return only !== undefined && second === undefined ? signatures.get(only) : undefined;
  }
  throw new RangeError(
    `Cannot open "${file}": it has no signature "${key}"${suggestName(key, keys)}`,
  );
}

/** `model.ckpt.meta` has its variables in `model.ckpt.index`. */
function checkpointPrefix({ name }: ByteSource): string {
  const [file = ""] = name.split(/[?#]/, 1);
  const base = file.split(/[\\/]/).at(-1) ?? "";
  return base.replace(/\.meta$/, "");
}

const VARIABLES = new Set(["VarHandleOp", "Variable", "VariableV2"]);

function hasVariables({ nodes }: TensorflowGraph): boolean {
  for (const { operator } of nodes.values()) if (VARIABLES.has(operator)) return true;
  return false;
}
