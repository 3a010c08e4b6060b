import type { ByteSource } from "../../../io/mod.ts";
import { damaged } from "../source_range.ts";
import { IN_ZIP64, ZIP64_EXTRA } from "./zip_layout.ts";

/** Sizes and offset of a member. */
export interface MemberSizes {
  /** Length of the content. */
  readonly contentByteLength: number;
  /** Length as stored. */
  readonly byteLength: number;
  /** Offset of the local header. */
  readonly headerOffset: number;
}

/** What {@linkcode readSizes64} completes: the 32-bit fields of a header and its extra fields. */
export interface ShortSizes extends MemberSizes {
  /** The member, for messages. */
  readonly member: string;
  /** The extra fields of the same header. */
  readonly extra: Uint8Array;
}

/**
 * Takes the sizes that do not stand in the 32-bit fields from the ZIP64 extra field, which holds
 * exactly those, in this order: content, stored, offset (APPNOTE 4.5.3). Real files put them all there.
 *
 * @param position Offset of the header in the source, for messages.
 * @throws {FormatError} If the extra fields end early or a size exceeds 2^53.
 */
export function readSizes64(source: ByteSource, position: number, short: ShortSizes): MemberSizes {
  const field = findExtraField(source, position, short);
  let next = 0;
  const widen = (value: number): number => {
    if (value !== IN_ZIP64) return value;
    if (field === undefined || next + 8 > field.byteLength) {
      throw damaged(source, position, {
        what: `ZIP64 extra field of member "${short.member}"`,
        found: field === undefined ? "none" : `${field.byteLength} bytes`,
        expected: `at least ${next + 8} bytes`,
      });
    }
    const wide = field.getBigUint64(next, true);
    next += 8;
    if (wide > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw damaged(source, position, {
        what: `size or offset of member "${short.member}"`,
        found: String(wide),
        expected: `at most ${source.byteLength}`,
      });
    }
    return Number(wide);
  };
  const contentByteLength = widen(short.contentByteLength);
  const byteLength = widen(short.byteLength);
  return { contentByteLength, byteLength, headerOffset: widen(short.headerOffset) };
}

function findExtraField(
  source: ByteSource,
  position: number,
  { extra, member }: ShortSizes,
): DataView | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let start = 0; start + 4 <= extra.byteLength;) {
    const byteLength = view.getUint16(start + 2, true);
    const end = start + 4 + byteLength;
    if (end > extra.byteLength) {
      throw damaged(source, position, {
        what: `extra field of member "${member}"`,
        found: `${byteLength} bytes`,
        expected: `at most ${extra.byteLength - start - 4}`,
      });
    }
    if (view.getUint16(start, true) === ZIP64_EXTRA) {
      return new DataView(extra.buffer, extra.byteOffset + start + 4, byteLength);
    }
    start = end;
  }
  return undefined;
}
