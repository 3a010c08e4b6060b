import { FormatError } from "../errors.ts";
import type { FoldedBatchNorm, Model, ModelEncodings } from "../graph/mod.ts";
import { type ByteSource, openSource } from "../io/mod.ts";
import type { DlcDocument, DlcRecord } from "./dlc/mod.ts";
import { formatAimetEncodings, readEncodings } from "./encodings/mod.ts";

/**
 * Archive members that keep what Qualcomm's layers have no place for that anybody outside has
 * described: overrides for quantizing, and the batch norms that were folded into layers. Readers
 * tolerate unknown members.
 */
const OVERRIDES = "dlcstream.quantization_overrides.json";
const BATCH_NORMS = "dlcstream.batch_norms.json";

/** Four numbers of text a channel; a network of a million channels needs less. */
const MAX_BATCH_NORMS_BYTES = 64 * 1024 * 1024;

/** What of a model is kept in records; members are absent where there is nothing to keep. */
export interface KeptParts {
  /** Encodings to use when quantizing. */
  readonly overrides?: ModelEncodings;
  /** Batch norms folded into nodes, by node name. */
  readonly batchNorms?: ReadonlyMap<string, FoldedBatchNorm>;
}

/** The records for the overrides and batch norms of a model; empty where it has none. */
export async function writeKeptRecords(model: Model): Promise<DlcRecord[]> {
  const { overrides, batchNorms } = model;
  const records: DlcRecord[] = [];
  if (overrides.activations.size + overrides.parameters.size > 0) {
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
  return records;
}

/**
 * Reads what {@linkcode writeKeptRecords} wrote.
 *
 * @throws {FormatError} If a record is damaged.
 */
export async function readKeptRecords(document: DlcDocument): Promise<KeptParts> {
  const find = (name: string): DlcRecord | undefined =>
    document.records.find((record) => record.name === name);
  const overrides = find(OVERRIDES);
  const batchNorms = find(BATCH_NORMS);
  return {
    ...(overrides === undefined ? {} : { overrides: await readEncodings(partOf(overrides)) }),
    ...(batchNorms === undefined ? {} : { batchNorms: await readBatchNorms(partOf(batchNorms)) }),
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
  const damaged = (why: string, cause?: unknown): FormatError =>
    new FormatError(`Cannot read batch norms "${source.name}": ${why}`, {
      file: source.name,
      cause,
    });
  if (source.byteLength > MAX_BATCH_NORMS_BYTES) {
    throw damaged(`it has ${source.byteLength} bytes, expected at most ${MAX_BATCH_NORMS_BYTES}`);
  }
  const bytes = new Uint8Array(source.byteLength);
  await source.read(bytes, 0);
  let nodes: unknown;
  try {
    nodes = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged("it is no JSON", cause);
  }
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

function numbersOf(value: unknown, name: string): Float32Array | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const list: unknown = Reflect.get(value, name);
  return Array.isArray(list) && list.every((number) => Number.isFinite(number))
    ? Float32Array.from(list)
    : undefined;
}
