import type { ArchiveStyle } from "./archive_style.ts";
import {
  IN_ZIP64,
  METHOD,
  RECORD_BYTES,
  SIGNATURE,
  VERSION_ZIP64,
  ZIP64_EXTRA,
} from "./zip_layout.ts";

/** What the directory needs to know of a member. */
export interface WrittenMember {
  /** Its name. */
  readonly name: string;
  /** Length of its content. */
  readonly byteLength: number;
  /** Offset of its local header. */
  readonly headerOffset: number;
  /** CRC-32 of its content. */
  readonly crc32: number;
}

/** Where the CRC stands in a local header. */
export const LOCAL_CRC_OFFSET = 14;

/** Lengths of the ZIP64 field: its header, two sizes; offset; disk and length of the padding. */
const FIELD_BYTES = { sizes: 4 + 16, offset: 8, padding: 8 } as const;

/** The header before the content, with padding that aligns the content. */
export function encodeLocalHeader(member: WrittenMember, style: ArchiveStyle): Uint8Array {
  const name = new TextEncoder().encode(member.name);
  const nameEnd = RECORD_BYTES.localHeader + name.byteLength;
  const padded = style.alignment > 1;
  const unpadded = nameEnd + FIELD_BYTES.sizes +
    (padded ? FIELD_BYTES.offset + FIELD_BYTES.padding : 0);
  const padding = -(member.headerOffset + unpadded) & (style.alignment - 1);
  const bytes = new Uint8Array(unpadded + padding);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SIGNATURE.localHeader, true);
  setShared(view, 4, {
    member,
    style,
    nameByteLength: name.byteLength,
    extraEnd: bytes.byteLength,
  });
  bytes.set(name, RECORD_BYTES.localHeader);
  setSizes64(view, nameEnd, member.byteLength);
  if (padded) view.setUint32(unpadded - 4, padding, true);
  return bytes;
}

/** The entry of the central directory. */
export function encodeDirectoryEntry(member: WrittenMember, style: ArchiveStyle): Uint8Array {
  const name = new TextEncoder().encode(member.name);
  const nameEnd = RECORD_BYTES.directoryEntry + name.byteLength;
  const bytes = new Uint8Array(
    nameEnd + FIELD_BYTES.sizes + FIELD_BYTES.offset +
      (style.alignment > 1 ? FIELD_BYTES.padding : 0),
  );
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SIGNATURE.directoryEntry, true);
  view.setUint16(4, VERSION_ZIP64, true);
  setShared(view, 6, {
    member,
    style,
    nameByteLength: name.byteLength,
    extraEnd: bytes.byteLength,
  });
  view.setUint32(42, IN_ZIP64, true);
  bytes.set(name, RECORD_BYTES.directoryEntry);
  setSizes64(view, nameEnd, member.byteLength);
  view.setBigUint64(nameEnd + FIELD_BYTES.sizes, BigInt(member.headerOffset), true);
  return bytes;
}

/** The three records at the end: ZIP64 end record, its locator, and the end record. */
export function encodeEndRecords(
  directory: { readonly offset: number; readonly byteLength: number; readonly entryCount: number },
): Uint8Array {
  const locator = RECORD_BYTES.endOfDirectory64;
  const end = locator + RECORD_BYTES.locator64;
  const bytes = new Uint8Array(end + RECORD_BYTES.endOfDirectory);
  const view = new DataView(bytes.buffer);
  const count = BigInt(directory.entryCount);
  view.setUint32(0, SIGNATURE.endOfDirectory64, true);
  view.setBigUint64(4, BigInt(RECORD_BYTES.endOfDirectory64 - 12), true);
  view.setUint16(12, VERSION_ZIP64, true);
  view.setUint16(14, VERSION_ZIP64, true);
  view.setBigUint64(24, count, true);
  view.setBigUint64(32, count, true);
  view.setBigUint64(40, BigInt(directory.byteLength), true);
  view.setBigUint64(48, BigInt(directory.offset), true);
  view.setUint32(locator, SIGNATURE.locator64, true);
  view.setBigUint64(locator + 8, BigInt(directory.offset + directory.byteLength), true);
  view.setUint32(locator + 16, 1, true);
  view.setUint32(end, SIGNATURE.endOfDirectory, true);
  view.setUint16(end + 8, directory.entryCount, true);
  view.setUint16(end + 10, directory.entryCount, true);
  view.setUint32(end + 12, directory.byteLength, true);
  view.setUint32(end + 16, IN_ZIP64, true);
  return bytes;
}

interface SharedFields {
  readonly member: WrittenMember;
  readonly style: ArchiveStyle;
  readonly nameByteLength: number;
  /** Where the extra field ends in the record. */
  readonly extraEnd: number;
}

/** The fields from "version needed" on, which both headers have in the same order. */
function setShared(view: DataView, at: number, fields: SharedFields): void {
  const fixedEnd = at === 4 ? RECORD_BYTES.localHeader : RECORD_BYTES.directoryEntry;
  view.setUint16(at, VERSION_ZIP64, true);
  view.setUint16(at + 4, METHOD.stored, true);
  view.setUint16(at + 8, fields.style.date, true);
  view.setUint32(at + 10, fields.member.crc32, true);
  view.setUint32(at + 14, IN_ZIP64, true);
  view.setUint32(at + 18, IN_ZIP64, true);
  view.setUint16(at + 22, fields.nameByteLength, true);
  view.setUint16(at + 24, fields.extraEnd - fixedEnd - fields.nameByteLength, true);
}

/** The ZIP64 extra field at the end of a record: identifier, length, both sizes. */
function setSizes64(view: DataView, at: number, byteLength: number): void {
  view.setUint16(at, ZIP64_EXTRA, true);
  view.setUint16(at + 2, view.byteLength - at - 4, true);
  view.setBigUint64(at + 4, BigInt(byteLength), true);
  view.setBigUint64(at + 12, BigInt(byteLength), true);
}
