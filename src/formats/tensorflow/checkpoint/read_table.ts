import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { ByteRange, ByteSource } from "../../../io/mod.ts";
import { crc32c, maskCrc32c } from "./crc32c.ts";

/** An entry of a table. */
export interface TableEntry {
  /** The key. */
  readonly key: string;
  /** The value, in memory of its own. */
  readonly value: Uint8Array;
  /** Where the block of the entry begins in the file. */
  readonly offset: number;
}

const FOOTER_BYTES = 48;

/** A type byte and a checksum follow each block. */
const TRAILER_BYTES = 5;

/** The last eight bytes of a table, little-endian. */
const MAGIC = 0xdb4775248b80fb57n;

/** TensorFlow's blocks have 256 KiB. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

/** More entries than any model has variables. */
const MAX_ENTRIES = 1_000_000;

/**
 * Reads the entries of a sorted string table, the format of LevelDB, block by block. The checksum of
 * each block is checked.
 *
 * @param source The file.
 * @param options Abort signal.
 * @throws {FormatError} If the file is no table, or damaged.
 * @throws {UnsupportedError} If a block is compressed.
 */
export async function* readTable(
  source: ByteSource,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<TableEntry> {
  if (source.byteLength < FOOTER_BYTES) {
    throw tableError(source, `it has ${source.byteLength} bytes, expected ${FOOTER_BYTES} or more`);
  }
  const footer = new Uint8Array(FOOTER_BYTES);
  await source.read(footer, source.byteLength - FOOTER_BYTES, options);
  const magic = new DataView(footer.buffer).getBigUint64(FOOTER_BYTES - 8, true);
  if (magic !== MAGIC) {
    throw tableError(source, `it ends with ${magic.toString(16)}, expected ${MAGIC.toString(16)}`);
  }
  const walker = { source, bytes: footer, position: 0, offset: source.byteLength - FOOTER_BYTES };
  readHandle(walker);
  const index = await readBlock(source, readHandle(walker), options);
  let count = 0;
  for (const { value } of blockEntries(source, index)) {
    const handle = readHandle({ source, bytes: value, position: 0, offset: index.offset });
    const block = await readBlock(source, handle, options);
    for (const { key, value } of blockEntries(source, block)) {
      if (++count > MAX_ENTRIES) {
        throw tableError(source, `it has more than ${MAX_ENTRIES} entries`);
      }
      yield { key: new TextDecoder().decode(key), value, offset: handle.offset };
    }
  }
}

/** A block without its trailer. */
interface Block {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Bytes that are read from front to back. */
interface Walker {
  readonly source: ByteSource;
  readonly bytes: Uint8Array;
  readonly offset: number;
  position: number;
}

function readVarint(walker: Walker): number {
  let value = 0;
  for (let shift = 0; shift < 56; shift += 7) {
    const byte = walker.bytes[walker.position++];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
  const { source, offset, position } = walker;
  throw tableError(source, `there is no number at byte ${offset + position} that it needs`);
}

function readHandle(walker: Walker): ByteRange {
  const offset = readVarint(walker);
  const byteLength = readVarint(walker);
  const { source } = walker;
  const inside = offset + byteLength + TRAILER_BYTES <= source.byteLength;
  if (inside && byteLength <= MAX_BLOCK_BYTES) return { offset, byteLength };
  throw tableError(
    source,
    `a block has ${byteLength} bytes from byte ${offset} on, the file has ${source.byteLength} ` +
      `and a block at most ${MAX_BLOCK_BYTES}`,
  );
}

async function readBlock(
  source: ByteSource,
  { offset, byteLength }: ByteRange,
  options: { readonly signal?: AbortSignal },
): Promise<Block> {
  const bytes = new Uint8Array(byteLength + TRAILER_BYTES);
  await source.read(bytes, offset, options);
  const stored = new DataView(bytes.buffer).getUint32(byteLength + 1, true);
  const found = maskCrc32c(crc32c(bytes.subarray(0, byteLength + 1)));
  if (stored !== found) {
    throw tableError(source, `the checksum of the block at byte ${offset} is wrong; it is damaged`);
  }
  if (bytes[byteLength] !== 0) {
    throw new UnsupportedError(
      `Cannot read "${source.name}": the block at byte ${offset} is compressed; supported are ` +
        `checkpoints as TensorFlow writes them`,
    );
  }
  return { bytes: bytes.subarray(0, byteLength), offset };
}

/** Keys share their beginnings with the key before. */
function* blockEntries(
  source: ByteSource,
  { bytes, offset }: Block,
): Generator<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
  const broken = (): FormatError => tableError(source, `the block at byte ${offset} is malformed`);
  if (bytes.length < 4) throw broken();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const restarts = view.getUint32(bytes.length - 4, true);
  const end = bytes.length - 4 - 4 * restarts;
  if (end < 0) throw broken();
  const walker = { source, bytes: bytes.subarray(0, end), position: 0, offset };
  let key = new Uint8Array();
  while (walker.position < end) {
    const shared = readVarint(walker);
    const own = readVarint(walker);
    const length = readVarint(walker);
    const { position } = walker;
    if (shared > key.length || position + own + length > end) throw broken();
    const next = new Uint8Array(shared + own);
    next.set(key.subarray(0, shared));
    next.set(bytes.subarray(position, position + own), shared);
    key = next;
    walker.position += own + length;
    yield { key, value: bytes.slice(position + own, position + own + length) };
  }
}

function tableError(source: ByteSource, problem: string): FormatError {
  return new FormatError(`Cannot read the index of variables "${source.name}": ${problem}`, {
    file: source.name,
  });
}
