import type { ByteSource } from "../../../io/mod.ts";
import { damaged, readRange, type SourceRange } from "../source_range.ts";
import { type DirectoryEntry, readDirectory } from "./read_directory.ts";
import { readSizes64 } from "./read_sizes64.ts";
import { hexadecimal, METHOD, RECORD_BYTES, SIGNATURE } from "./zip_layout.ts";

/** A file in the archive. Its range holds the bytes as stored, without any header. */
export interface ArchiveMember extends SourceRange {
  /** Its name, unique in the archive. */
  readonly name: string;
  /** Whether the stored bytes are the content or deflate it. */
  readonly method: "stored" | "deflated";
  /** CRC-32 of the content; 0 where the writer left it out. */
  readonly crc32: number;
  /** Length of the content. */
  readonly contentByteLength: number;
}

/**
 * Finds the members of a ZIP archive. Directory and local headers must agree, and every member must
 * lie inside the file without touching another; the content is not read.
 *
 * @returns The members by name, in the order of their bytes.
 * @throws {FormatError} If the archive is truncated or contradicts itself.
 * @throws {UnsupportedError} If it is encrypted, split, or compressed other than by deflate.
 */
export async function readArchive(source: ByteSource): Promise<ReadonlyMap<string, ArchiveMember>> {
  const directory = await readDirectory(source);
  const members = new Map<string, ArchiveMember>();
  let previousEnd = 0;
  for (const entry of directory.entries.toSorted((a, b) => a.headerOffset - b.headerOffset)) {
    const { name, byteLength, headerOffset } = entry;
    if (members.has(name)) {
      throw damaged(source, entry.position, {
        what: "names of members",
        found: `"${name}" twice`,
        expected: "each once",
      });
    }
    if (headerOffset < previousEnd) {
      throw damaged(source, entry.position, {
        what: `offset of member "${name}"`,
        found: headerOffset,
        expected: `at least ${previousEnd}, where the member before ends`,
      });
    }
    const offset = await findContent(source, directory.offset, entry);
    previousEnd = offset + byteLength;
    if (previousEnd > directory.offset) {
      throw damaged(source, entry.position, {
        what: `end of member "${name}"`,
        found: previousEnd,
        expected: `at most ${directory.offset}, where the central directory begins`,
      });
    }
    members.set(name, {
      name,
      source,
      offset,
      byteLength,
      method: entry.method === METHOD.stored ? "stored" : "deflated",
      crc32: entry.crc32,
      contentByteLength: entry.contentByteLength,
    });
  }
  return members;
}

/**
 * Checks a local header against the directory and returns the offset of the content behind it. The
 * length of its extra field is its own: QAIRT pads it to align the content.
 *
 * @param limit Where the members end.
 */
async function findContent(
  source: ByteSource,
  limit: number,
  entry: DirectoryEntry,
): Promise<number> {
  const { headerOffset, name, nameBytes } = entry;
  const check = (what: string, found: number | string, expected: number | string): void => {
    if (found === expected) return;
    throw damaged(source, headerOffset, {
      what: `${what} in the local header of member "${name}"`,
      found,
      expected,
    });
  };
  const fixedEnd = headerOffset + RECORD_BYTES.localHeader;
  checkEnd(source, entry, { end: fixedEnd, limit });
  const fixed = await readRange({
    source,
    offset: headerOffset,
    byteLength: RECORD_BYTES.localHeader,
  });
  const view = new DataView(fixed.buffer);
  check(
    "signature",
    hexadecimal(view.getUint32(0, true)),
    hexadecimal(SIGNATURE.localHeader),
  );
  check("method", view.getUint16(8, true), entry.method);
  check("length of the name", view.getUint16(26, true), nameBytes.byteLength);
  const byteLength = nameBytes.byteLength + view.getUint16(28, true);
  checkEnd(source, entry, { end: fixedEnd + byteLength, limit });
  const rest = await readRange({ source, offset: fixedEnd, byteLength });
  check("name", new TextDecoder().decode(rest.subarray(0, nameBytes.byteLength)), name);
  if (!entry.hasDescriptor) {
    const sizes = readSizes64(source, headerOffset, {
      member: name,
      extra: rest.subarray(nameBytes.byteLength),
      byteLength: view.getUint32(18, true),
      contentByteLength: view.getUint32(22, true),
      headerOffset,
    });
    check("stored size", sizes.byteLength, entry.byteLength);
    check("size", sizes.contentByteLength, entry.contentByteLength);
  }
  return fixedEnd + byteLength;
}

function checkEnd(
  source: ByteSource,
  entry: DirectoryEntry,
  { end, limit }: { readonly end: number; readonly limit: number },
): void {
  if (end <= limit) return;
  throw damaged(source, entry.position, {
    what: `end of the local header of member "${entry.name}"`,
    found: end,
    expected: `at most ${limit}, where the central directory begins`,
  });
}
