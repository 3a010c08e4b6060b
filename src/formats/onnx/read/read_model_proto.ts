import { FormatError, UnsupportedError } from "../../../errors.ts";
import {
  type ByteRange,
  type ByteSource,
  type ProtobufField,
  readProtobufFields,
  shortText,
} from "../../../io/mod.ts";

/** What a `ModelProto` says around its graph. */
export interface OnnxHeader {
  /** The opset of the default domain. */
  readonly opset: number;
  /** Tool that wrote the file, with version; empty if not stated. */
  readonly producer: string;
  /** The version of the model; 0 if not stated. */
  readonly modelVersion: number;
  /** Free entries. */
  readonly properties: ReadonlyMap<string, string>;
  /** Model-local functions, each as `domain:name`. */
  readonly functions: ReadonlySet<string>;
  /** Where the `GraphProto` lies. */
  readonly graph: ByteRange;
}

/** The oldest and the newest `ir_version` that are read. */
const IR_VERSIONS = { oldest: 3, newest: 14 } as const;

/** The oldest and the newest opset of the default domain that are read. */
const OPSETS = { oldest: 7, newest: 22 } as const;

/**
 * Reads the outer message of an ONNX file.
 *
 * @param source The file.
 * @param options Abort signal.
 * @throws {FormatError} If it is no ONNX file.
 * @throws {UnsupportedError} If its IR version or opset is not read.
 */
export async function readModelProto(
  source: ByteSource,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<OnnxHeader> {
  let irVersion = 0;
  let modelVersion = 0;
  let graph: ByteRange | undefined;
  const producer = ["", ""];
  const opsets = new Map<string, number>();
  const properties = new Map<string, string>();
  const functions = new Set<string>();
  const range = { offset: 0, byteLength: source.byteLength };
  const options = { message: "ModelProto", ...signal && { signal } };
  for await (const field of readProtobufFields(source, range, options)) {
    if (field.number === 1) irVersion = field.integer();
    else if (field.number === 2) producer[0] = shortText(field, "the producer's name");
    else if (field.number === 3) producer[1] = shortText(field, "the producer's version");
    else if (field.number === 5) modelVersion = Number(field.bigint());
    else if (field.number === 8) readOpset(field, opsets);
    else if (field.number === 14 && field.loaded) readProperty(field, properties);
    else if (field.number === 25) functions.add(await readFunctionName(field));
    else if (field.number === 7) {
      if (graph !== undefined) throw bad(source, "it has two graphs, expected one");
      graph = { offset: field.offset, byteLength: field.byteLength };
    }
  }
  if (graph === undefined) throw bad(source, "it has no graph; it is no ONNX model, or cut off");
  checkVersion(source, "IR version", irVersion, IR_VERSIONS);
  const opset = opsets.get("");
  if (opset === undefined) throw bad(source, "it states no opset of the default domain");
  checkVersion(source, "opset", opset, OPSETS);
  return { opset, producer: producer.join(" ").trim(), modelVersion, properties, functions, graph };
}

function readOpset(field: ProtobufField, opsets: Map<string, number>): void {
  let domain = "";
  let version = 0;
  for (const part of field.fields("OperatorSetIdProto")) {
    if (part.number === 1) domain = shortText(part, "the domain of an opset");
    if (part.number === 2) version = part.integer();
  }
  if (domain === "ai.onnx") domain = "";
  const known = opsets.get(domain);
  if (known !== undefined && known !== version) {
    const label = domain === "" ? "the default domain" : `domain "${domain}"`;
    throw bad(field.source, `it states opsets ${known} and ${version} of ${label}, expected one`);
  }
  opsets.set(domain, version);
}

function readProperty(field: ProtobufField, properties: Map<string, string>): void {
  let key = "";
  let value = "";
  for (const part of field.fields("StringStringEntryProto")) {
    if (part.number === 1) key = part.string();
    if (part.number === 2) value = part.string();
  }
  properties.set(key, value);
}

async function readFunctionName(field: ProtobufField): Promise<string> {
  let name = "";
  let domain = "";
  for await (const part of readProtobufFields(field.source, field, { message: "FunctionProto" })) {
    if (part.number === 1) name = shortText(part, "the name of a function");
    if (part.number === 10) domain = shortText(part, "the domain of a function");
  }
  return `${domain}:${name}`;
}

function checkVersion(
  source: ByteSource,
  what: string,
  version: number,
  { oldest, newest }: { readonly oldest: number; readonly newest: number },
): void {
  if (version >= oldest && version <= newest) return;
  throw new UnsupportedError(
    `Cannot read "${source.name}": its ${what} is ${version}; supported are ${oldest} to ${newest}`,
  );
}

function bad(source: ByteSource, problem: string): FormatError {
  return new FormatError(`Cannot read "${source.name}": ${problem}`, { file: source.name });
}
