import { UnsupportedError } from "../../errors.ts";
import { type FlatBufferLayout, FlatBufferReader, streamFlatBuffer } from "./flatbuffer/mod.ts";
import { damaged, readRange, type SourceRange } from "./source_range.ts";
import type { NewMember } from "./zip/mod.ts";

/** Length of the header before the FlatBuffer in `model` and `model.params`. */
const HEADER_BYTES = 8;

/** First two bytes, as a little-endian number. */
const MAGIC = 0x0ad5;

/** The versions that are read and written. */
export type DlcVersion = "3.0" | "4.0" | "4.1";

const VERSIONS: readonly DlcVersion[] = ["3.0", "4.0", "4.1"];

/**
 * Reads the version in front of a member.
 *
 * @param name The member's name, for messages.
 * @throws {FormatError} If the magic number is missing.
 * @throws {UnsupportedError} If the version is another than those here, such as 2.
 */
export async function readVersion(member: SourceRange, name: string): Promise<DlcVersion> {
  const { source, offset, byteLength } = member;
  if (byteLength < HEADER_BYTES) {
    throw damaged(source, offset, {
      what: `size of member "${name}"`,
      found: byteLength,
      expected: `at least ${HEADER_BYTES}`,
    });
  }
  const bytes = await readRange({ source, offset, byteLength: HEADER_BYTES });
  const view = new DataView(bytes.buffer);
  const magic = view.getUint16(0, true);
  if (magic !== MAGIC) {
    throw damaged(source, offset, {
      what: `magic number of member "${name}"`,
      found: `0x${magic.toString(16).padStart(4, "0")}`,
      expected: `0x${MAGIC.toString(16).padStart(4, "0")}`,
    });
  }
  const major = view.getUint16(2, true);
  const minor = view.getUint16(4, true);
  const version = VERSIONS.find((known) => known === `${major}.${minor}`);
  if (version !== undefined) return version;
  if (major === 2) {
    throw new UnsupportedError(
      `Cannot open "${source.name}": it is a DLC of version 2, which is not documented; ` +
        "convert the model again with a newer converter, versions 3.0, 4.0 and 4.1 are read",
    );
  }
  throw new UnsupportedError(
    `Cannot open "${source.name}": it is a DLC of version ${major}.${minor}; ` +
      `versions ${VERSIONS.slice(0, -1).join(", ")} and ${VERSIONS.at(-1)} are read`,
  );
}

/** The header of a version. */
function encodeHeader(version: DlcVersion): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const [major, minor] = version.split(".");
  view.setUint16(0, MAGIC, true);
  view.setUint16(2, Number(major), true);
  view.setUint16(4, Number(minor), true);
  return bytes;
}

/**
 * Opens the FlatBuffer behind the header of a member.
 *
 * @param name The member's name, for messages.
 * @param identifiers What the FlatBuffer may be.
 * @returns The reader, and which of the identifiers it is.
 * @throws {FormatError} If it is something else.
 */
export async function openFlatBuffer(
  member: SourceRange,
  name: string,
  identifiers: readonly string[],
): Promise<{ readonly reader: FlatBufferReader; readonly identifier: string }> {
  const { source, offset, byteLength } = member;
  const reader = new FlatBufferReader({
    source,
    offset: offset + HEADER_BYTES,
    byteLength: byteLength - HEADER_BYTES,
  });
  const identifier = await reader.identifier();
  if (identifiers.includes(identifier)) return { reader, identifier };
  throw damaged(source, offset + HEADER_BYTES + 4, {
    what: `identifier of member "${name}"`,
    found: JSON.stringify(identifier),
    expected: identifiers.map((known) => `"${known}"`).join(" or "),
  });
}

/** The member that has a FlatBuffer behind the header of a version. */
export function composeMember(
  name: string,
  version: DlcVersion,
  layout: FlatBufferLayout,
): NewMember {
  return {
    name,
    byteLength: HEADER_BYTES + layout.byteLength,
    async *chunks() {
      yield encodeHeader(version);
      yield* streamFlatBuffer(layout);
    },
  };
}
