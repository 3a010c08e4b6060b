import { UnsupportedError } from "../../../errors.ts";
import type { ByteSource } from "../../../io/mod.ts";
import { damaged, readRange } from "../source_range.ts";
import { findDirectory } from "./find_directory.ts";
import { type MemberSizes, readSizes64 } from "./read_sizes64.ts";
import { hexadecimal, METHOD, RECORD_BYTES, SIGNATURE } from "./zip_layout.ts";

/** Real directories have a handful of entries of 100 bytes. */
const MAX_DIRECTORY_BYTES = 2 ** 20;

/** Bits of the flags field: encrypted; data descriptor; strongly encrypted; headers encrypted. */
const FLAG = { encrypted: 0x0001 | 0x0040 | 0x2000, descriptor: 0x0008 } as const;

/** What the central directory says about a member. */
export interface DirectoryEntry extends MemberSizes {
  /** Where the entry stands in the file. */
  readonly position: number;
  /** Its name. */
  readonly name: string;
  /** The bytes of the name. */
  readonly nameBytes: Uint8Array;
  /** Compression method. */
  readonly method: number;
  /** Whether sizes and CRC follow the data, so that the local header may lack them. */
  readonly hasDescriptor: boolean;
  /** CRC-32 of the content; 0 where the writer left it out. */
  readonly crc32: number;
}

/** The central directory: its entries, in the order of the file. */
export interface Directory {
  /** Where it begins; members end before. */
  readonly offset: number;
  /** One a member. */
  readonly entries: readonly DirectoryEntry[];
}

/**
 * Reads the central directory.
 *
 * @throws {FormatError} If it is damaged.
 * @throws {UnsupportedError} If a member is encrypted or compressed other than by deflate.
 */
export async function readDirectory(source: ByteSource): Promise<Directory> {
  const range = await findDirectory(source);
  if (range.byteLength > MAX_DIRECTORY_BYTES) {
    throw damaged(source, range.offset, {
      what: "size of the central directory",
      found: range.byteLength,
      expected: `at most ${MAX_DIRECTORY_BYTES}`,
    });
  }
  const bytes = await readRange(range);
  const entries: DirectoryEntry[] = [];
  let at = 0;
  for (let index = 0; index < range.entryCount; index++) {
    const { entry, byteLength } = readEntry(source, range.offset + at, bytes.subarray(at));
    entries.push(entry);
    at += byteLength;
  }
  if (at !== bytes.byteLength) {
    throw damaged(source, range.offset + at, {
      what: "end of the central directory",
      found: `${bytes.byteLength - at} bytes after its ${range.entryCount} entries`,
      expected: "none",
    });
  }
  return { offset: range.offset, entries };
}

function readEntry(
  source: ByteSource,
  position: number,
  bytes: Uint8Array,
): { entry: DirectoryEntry; byteLength: number } {
  const truncated = (expected: number): Error =>
    damaged(source, position, {
      what: "entry of the central directory",
      found: `${bytes.byteLength} bytes`,
      expected: `at least ${expected}`,
    });
  if (bytes.byteLength < RECORD_BYTES.directoryEntry) {
    throw truncated(RECORD_BYTES.directoryEntry);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signature = view.getUint32(0, true);
  if (signature !== SIGNATURE.directoryEntry) {
    throw damaged(source, position, {
      what: "signature of an entry of the central directory",
      found: hexadecimal(signature),
      expected: hexadecimal(SIGNATURE.directoryEntry),
    });
  }
  const nameEnd = RECORD_BYTES.directoryEntry + view.getUint16(28, true);
  const extraEnd = nameEnd + view.getUint16(30, true);
  const byteLength = extraEnd + view.getUint16(32, true);
  if (byteLength > bytes.byteLength) throw truncated(byteLength);
  const nameBytes = bytes.subarray(RECORD_BYTES.directoryEntry, nameEnd);
  const name = new TextDecoder().decode(nameBytes);
  const flags = view.getUint16(8, true);
  const method = view.getUint16(10, true);
  refuseUnreadable(source, name, { flags, method });
  const entry = {
    position,
    name,
    nameBytes,
    method,
    hasDescriptor: (flags & FLAG.descriptor) !== 0,
    crc32: view.getUint32(16, true),
    ...readSizes64(source, position, {
      member: name,
      extra: bytes.subarray(nameEnd, extraEnd),
      byteLength: view.getUint32(20, true),
      contentByteLength: view.getUint32(24, true),
      headerOffset: view.getUint32(42, true),
    }),
  };
  if (method === METHOD.stored && entry.byteLength !== entry.contentByteLength) {
    throw damaged(source, position, {
      what: `stored size of uncompressed member "${name}"`,
      found: entry.byteLength,
      expected: entry.contentByteLength,
    });
  }
  return { entry, byteLength };
}

function refuseUnreadable(
  source: ByteSource,
  name: string,
  { flags, method }: { readonly flags: number; readonly method: number },
): void {
  if ((flags & FLAG.encrypted) !== 0) {
    throw new UnsupportedError(
      `Cannot read member "${name}" of "${source.name}": it is encrypted; decrypt the archive first`,
    );
  }
  if (method !== METHOD.stored && method !== METHOD.deflated) {
    throw new UnsupportedError(
      `Cannot read member "${name}" of "${source.name}": compression method ${method} is not ` +
        "supported; stored and deflated members are, repack with `zip -0`",
    );
  }
}
