import { FormatError } from "../errors.ts";
import type { FoldedBatchNorm, Model, ModelEncodings } from "../graph/mod.ts";
import { type ByteSource, openSource, readJson } from "../io/mod.ts";
import type { DlcDocument, DlcRecord } from "./dlc/mod.ts";
import { formatAimetEncodings, readEncodings } from "./encodings/mod.ts";
import { type ParameterName, parameterNames } from "./parameter_names.ts";
import { type TransposeNames, transposeNames } from "./value_names.ts";

/**
 * Archive members that keep what Qualcomm's layers have no place for that anybody outside has
 * described: overrides for quantizing, the batch norms that were folded into layers, the names of
 * weights, which version 3 calls after its layers, and those of values whose layout is not stored.
 * Readers tolerate unknown members.
 */
const OVERRIDES = "dlcstream.quantization_overrides.json";
const BATCH_NORMS = "dlcstream.batch_norms.json";
const PARAMETER_NAMES = "dlcstream.parameter_names.json";
const VALUE_NAMES = "dlcstream.value_names.json";

/** What of a model is kept in records; members are absent where there is nothing to keep. */
export interface KeptParts {
  /** Encodings to use when quantizing. */
  readonly overrides?: ModelEncodings;
  /** Batch norms folded into nodes, by node name. */
  readonly batchNorms?: ReadonlyMap<string, FoldedBatchNorm>;
  /** What initializers were called before they were written. */
  readonly parameterNames?: readonly ParameterName[];
  /** What values at Transposes were called. */
  readonly transposeNames?: readonly TransposeNames[];
}

/**
 * The records for the overrides and batch norms of a model, and for the names of its weights where
 * the container does not keep them; empty where it has none.
 */
export async function writeKeptRecords(
  model: Model,
  { version }: Pick<DlcDocument, "version">,
): Promise<DlcRecord[]> {
  const { overrides, batchNorms } = model;
  const records: DlcRecord[] = [];
  const types = (overrides.types?.activations.size ?? 0) + (overrides.types?.parameters.size ?? 0);
  if (overrides.activations.size + overrides.parameters.size + types > 0) {
    records.push(
      await recordOf(OVERRIDES, formatAimetEncodings(overrides, { version: "0.6.1" })),
    );
  }
  if (batchNorms.size > 0) {
    const nodes = Array.from(batchNorms, ([node, { gamma, beta }]) => [
      node,
      { gamma: Array.from(gamma), beta: Array.from(beta) },
    ]);
    records.push(await recordOf(BATCH_NORMS, JSON.stringify(Object.fromEntries(nodes))));
  }
  const names = version === "3.0" ? parameterNames(model) : [];
  if (names.length > 0) records.push(await recordOf(PARAMETER_NAMES, JSON.stringify(names)));
  const transposes = transposeNames(model);
  if (transposes.length > 0) {
    records.push(await recordOf(VALUE_NAMES, JSON.stringify(transposes)));
  }
  return records;
}

/**
 * Reads what {@linkcode writeKeptRecords} wrote.
 *
 * @throws {FormatError} If a record is damaged.
 */
export async function readKeptRecords(document: DlcDocument): Promise<KeptParts> {
  const find = (name: string): ByteSource | undefined => {
    const record = document.records.find((candidate) => candidate.name === name);
    return record === undefined ? undefined : partOf(record);
  };
  const overrides = find(OVERRIDES);
  const batchNorms = find(BATCH_NORMS);
  const names = find(PARAMETER_NAMES);
  const transposes = find(VALUE_NAMES);
  return {
    ...(overrides === undefined ? {} : { overrides: await readEncodings(overrides) }),
    ...(batchNorms === undefined ? {} : { batchNorms: await readBatchNorms(batchNorms) }),
    ...(names === undefined ? {} : { parameterNames: await readNames(names) }),
    ...(transposes === undefined ? {} : { transposeNames: await readTransposes(transposes) }),
  };
}

async function recordOf(name: string, text: string): Promise<DlcRecord> {
  const source = await openSource(new TextEncoder().encode(text), { name });
  return { name, source, offset: 0, byteLength: source.byteLength };
}

function partOf(record: DlcRecord): ByteSource {
  const { source, offset, byteLength } = record;
  return {
    name: `${source.name}:${record.name}`,
    byteLength,
    read: (target, position, options) => source.read(target, offset + position, options),
    openSibling: (path) => source.openSibling(path),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function readBatchNorms(
  source: ByteSource,
): Promise<ReadonlyMap<string, FoldedBatchNorm>> {
  const damaged = (why: string): FormatError =>
    new FormatError(`Cannot read batch norms "${source.name}": ${why}`, { file: source.name });
  const nodes = await readJson(source, { what: "batch norms" });
  if (typeof nodes !== "object" || nodes === null) throw damaged("it is no object of nodes");
  return new Map(
    Object.entries(nodes).map(([node, value]) => {
      const gamma = numbersOf(value, "gamma");
      const beta = numbersOf(value, "beta");
      if (gamma === undefined || beta === undefined || gamma.length !== beta.length) {
        throw damaged(`node "${node}" has no equally long lists gamma and beta`);
      }
      return [node, { gamma, beta }];
    }),
  );
}

async function readNames(source: ByteSource): Promise<readonly ParameterName[]> {
  const names = await readJson(source, { what: "parameter names" });
  if (!Array.isArray(names) || !names.every(isParameterName)) {
    throw new FormatError(
      `Cannot read parameter names "${source.name}": it is no list of node, position, name and ` +
        "elements",
      { file: source.name },
    );
  }
  return names;
}

function isParameterName(value: unknown): value is ParameterName {
  if (typeof value !== "object" || value === null) return false;
  const { node, position, name, elements } = value as Partial<ParameterName>;
  return typeof node === "string" && typeof name === "string" && Number.isSafeInteger(position) &&
    Number.isSafeInteger(elements);
}

async function readTransposes(source: ByteSource): Promise<readonly TransposeNames[]> {
  const names = await readJson(source, { what: "value names" });
  if (!Array.isArray(names) || !names.every(isTransposeNames)) {
    throw new FormatError(
      `Cannot read value names "${source.name}": it is no list of input, node, position, order and ` +
        "output",
      { file: source.name },
    );
  }
  return names;
}

function isTransposeNames(value: unknown): value is TransposeNames {
  if (typeof value !== "object" || value === null) return false;
  const { input, node, position, order, output } = value as Partial<TransposeNames>;
  return [input, node, output].every((name) => typeof name === "string") &&
    Number.isSafeInteger(position) && Array.isArray(order) && order.every(Number.isSafeInteger);
}

function numbersOf(value: unknown, name: string): Float32Array | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const list: unknown = Reflect.get(value, name);
  return Array.isArray(list) && list.every((number) => Number.isFinite(number))
    ? Float32Array.from(list)
    : undefined;
}
