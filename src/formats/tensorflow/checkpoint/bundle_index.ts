import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type ByteSource, MemorySource, readProtobufFields } from "../../../io/mod.ts";
import { readTensorShape, type StatedShape } from "../proto/read_tensor_shape.ts";
import type { TableEntry } from "./read_table.ts";

/** What the index says about a tensor. */
export interface BundleEntry {
  /** A `DataType`. */
  readonly type: number;
  /** Dimensions. */
  readonly shape: StatedShape;
  /** The number of its data file. */
  readonly shard: number;
  /** Where it begins there. */
  readonly offset: number;
  /** How many bytes it has. */
  readonly byteLength: number;
  /** The masked CRC-32C of them. */
  readonly checksum: number;
  /** Whether its parts have entries of their own. */
  readonly sliced: boolean;
}

/** More files than a checkpoint is spread over. */
const MAX_SHARDS = 100_000;

/** `BundleHeaderProto`: how many data files there are. */
export async function readHeader(index: ByteSource, { value }: TableEntry): Promise<number> {
  let shards = 0;
  let bigEndian = false;
  const source = new MemorySource(value, index.name);
  const range = { offset: 0, byteLength: value.length };
  for await (const field of readProtobufFields(source, range, { message: "BundleHeaderProto" })) {
    if (field.number === 1) shards = field.integer();
    if (field.number === 2) bigEndian = field.integer() === 1;
  }
  if (bigEndian) {
    throw new UnsupportedError(
      `Cannot read "${index.name}": its tensors are big-endian; supported is little-endian`,
    );
  }
  if (shards >= 1 && shards <= MAX_SHARDS) return shards;
  throw new FormatError(
    `Cannot read the index of variables "${index.name}": it states ${shards} data files, ` +
      `expected 1 to ${MAX_SHARDS}`,
    { file: index.name },
  );
}

/** `BundleEntryProto`. */
export async function readEntry(index: ByteSource, { value }: TableEntry): Promise<BundleEntry> {
  const entry: { -readonly [K in keyof BundleEntry]: BundleEntry[K] } = {
    type: 0,
    shape: [],
    shard: 0,
    offset: 0,
    byteLength: 0,
    checksum: 0,
    sliced: false,
  };
  const source = new MemorySource(value, index.name);
  const range = { offset: 0, byteLength: value.length };
  for await (const field of readProtobufFields(source, range, { message: "BundleEntryProto" })) {
    if (field.number === 1) entry.type = field.integer();
    else if (field.number === 2) entry.shape = readTensorShape(field);
    else if (field.number === 3) entry.shard = field.integer();
    else if (field.number === 4) entry.offset = field.integer();
    else if (field.number === 5) entry.byteLength = field.integer();
    else if (field.number === 6 && field.wireType === 5) {
      entry.checksum = new DataView(value.buffer, value.byteOffset).getUint32(field.offset, true);
    } else if (field.number === 7) entry.sliced = true;
  }
  return entry;
}
