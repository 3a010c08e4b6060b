import { UnsupportedError } from "../../../errors.ts";
import type { ByteSource } from "../../../io/mod.ts";
import { damaged, readRange, type SourceRange } from "../source_range.ts";
import { hexadecimal, IN_ZIP64, IN_ZIP64_SHORT, RECORD_BYTES, SIGNATURE } from "./zip_layout.ts";

/** The longest comment behind the end record: its length is a 16-bit field. */
const MAX_COMMENT_BYTES = 0xffff;

/** Where the central directory lies. */
export interface DirectoryRange extends SourceRange {
  /** How many entries it has. */
  readonly entryCount: number;
}

/**
 * Finds the central directory from the end of the file, through the ZIP64 records if there are any.
 *
 * @throws {FormatError} If there is no end record, as in a truncated file, or it points astray.
 * @throws {UnsupportedError} If the archive is split over several disks.
 */
export async function findDirectory(source: ByteSource): Promise<DirectoryRange> {
  const { record, position } = await findEndRecord(source);
  const entryCount = record.getUint16(10, true);
  const byteLength = record.getUint32(12, true);
  const offset = record.getUint32(16, true);
  const wide = entryCount === IN_ZIP64_SHORT || byteLength === IN_ZIP64 || offset === IN_ZIP64;
  if (!wide) {
    refuseDisks(source, record.getUint16(4, true), record.getUint16(6, true));
    return checkRange({ source, offset, byteLength, entryCount }, position);
  }
  return await readEndRecord64(source, position);
}

/** The end record stands last, but a comment of any length may follow it. */
async function findEndRecord(source: ByteSource): Promise<{ record: DataView; position: number }> {
  const byteLength = Math.min(
    source.byteLength,
    RECORD_BYTES.endOfDirectory + MAX_COMMENT_BYTES,
  );
  const tailOffset = source.byteLength - byteLength;
  const tail = await readRange({ source, offset: tailOffset, byteLength });
  const view = new DataView(tail.buffer);
  for (let at = byteLength - RECORD_BYTES.endOfDirectory; at >= 0; at--) {
    if (view.getUint32(at, true) !== SIGNATURE.endOfDirectory) continue;
    const commentByteLength = view.getUint16(at + 20, true);
    if (at + RECORD_BYTES.endOfDirectory + commentByteLength !== byteLength) continue;
    return { record: new DataView(tail.buffer, at), position: tailOffset + at };
  }
  throw damaged(source, source.byteLength, {
    what: "end of the ZIP archive",
    found: "no end record",
    expected: "one (the file may be truncated)",
  });
}

async function readEndRecord64(source: ByteSource, endPosition: number): Promise<DirectoryRange> {
  const locatorPosition = endPosition - RECORD_BYTES.locator64;
  const locator = await readRecord(source, locatorPosition, {
    name: "ZIP64 locator",
    byteLength: RECORD_BYTES.locator64,
    signature: SIGNATURE.locator64,
    limit: endPosition,
  });
  const position = readOffset(source, locator, { at: 8, position: locatorPosition });
  const record = await readRecord(source, position, {
    name: "ZIP64 end record",
    byteLength: RECORD_BYTES.endOfDirectory64,
    signature: SIGNATURE.endOfDirectory64,
    limit: locatorPosition,
  });
  refuseDisks(source, record.getUint32(16, true), record.getUint32(20, true));
  return checkRange({
    source,
    entryCount: readOffset(source, record, { at: 32, position }),
    byteLength: readOffset(source, record, { at: 40, position }),
    offset: readOffset(source, record, { at: 48, position }),
  }, position);
}

interface RecordLayout {
  readonly name: string;
  readonly byteLength: number;
  readonly signature: number;
  /** Where the next record begins. */
  readonly limit: number;
}

async function readRecord(
  source: ByteSource,
  position: number,
  { name, byteLength, signature, limit }: RecordLayout,
): Promise<DataView> {
  if (position < 0 || position + byteLength > limit) {
    throw damaged(source, limit, {
      what: `place of the ${name}`,
      found: `bytes ${position} to ${position + byteLength}`,
      expected: `inside the ${limit} bytes before the next record`,
    });
  }
  const view = new DataView((await readRange({ source, offset: position, byteLength })).buffer);
  const found = view.getUint32(0, true);
  if (found !== signature) {
    throw damaged(source, position, {
      what: `signature of the ${name}`,
      found: hexadecimal(found),
      expected: hexadecimal(signature),
    });
  }
  return view;
}

/** A 64-bit number of a record that starts at `position`; it must not exceed the file's length. */
function readOffset(
  source: ByteSource,
  record: DataView,
  { at, position }: { readonly at: number; readonly position: number },
): number {
  const value = record.getBigUint64(at, true);
  if (value > BigInt(source.byteLength)) {
    throw damaged(source, position + at, {
      what: "64-bit number in the ZIP64 end records",
      found: String(value),
      expected: `at most ${source.byteLength}`,
    });
  }
  return Number(value);
}

function checkRange(range: DirectoryRange, limit: number): DirectoryRange {
  if (range.offset + range.byteLength <= limit) return range;
  throw damaged(range.source, limit, {
    what: "end of the central directory",
    found: range.offset + range.byteLength,
    expected: `at most ${limit}`,
  });
}

function refuseDisks(source: ByteSource, disk: number, directoryDisk: number): void {
  if (disk === 0 && directoryDisk === 0) return;
  throw new UnsupportedError(
    `Cannot read "${source.name}": it is disk ${disk} of a split ZIP archive; join the parts first`,
  );
}
