import { type AtomicOutput, crc32 } from "../../../io/mod.ts";
import type { ArchiveStyle } from "./archive_style.ts";
import {
  encodeDirectoryEntry,
  encodeEndRecords,
  encodeLocalHeader,
  LOCAL_CRC_OFFSET,
  type WrittenMember,
} from "./encode_records.ts";

/** A member to be written. */
export interface NewMember {
  /** Its name, unique in the archive. */
  readonly name: string;
  /** Length of its content, known before the first byte. */
  readonly byteLength: number;
  /** The content; a chunk is used before the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/**
 * Writes a ZIP archive as a stream of stored members. A header needs the CRC of what follows it, so
 * each is written with a CRC of 0 and corrected when its content has passed.
 */
export class ArchiveWriter {
  readonly #output: AtomicOutput;
  readonly #style: ArchiveStyle;
  readonly #members: WrittenMember[] = [];

  /** Begins at the start of `output`. */
  constructor(output: AtomicOutput, style: ArchiveStyle) {
    this.#output = output;
    this.#style = style;
  }

  /**
   * Appends a member.
   *
   * @param onChunk Called with the length of each chunk that has been written.
   * @throws {RangeError} If the content has another length than announced.
   */
  async add(member: NewMember, onChunk?: (byteLength: number) => void): Promise<void> {
    const { name, byteLength } = member;
    const written = { name, byteLength, headerOffset: this.#output.position, crc32: 0 };
    await this.#output.write(encodeLocalHeader(written, this.#style));
    let rest = byteLength;
    for await (const chunk of member.chunks()) {
      rest -= chunk.byteLength;
      if (rest < 0) break;
      written.crc32 = crc32(chunk, written.crc32);
      await this.#output.write(chunk);
      onChunk?.(chunk.byteLength);
    }
    if (rest !== 0) {
      throw new RangeError(
        `Cannot write member "${name}": its content is ${rest < 0 ? "longer" : "shorter"} than ` +
          `the ${byteLength} bytes that were announced`,
      );
    }
    const crc = new Uint8Array(4);
    new DataView(crc.buffer).setUint32(0, written.crc32, true);
    await this.#output.writeAt(crc, written.headerOffset + LOCAL_CRC_OFFSET);
    this.#members.push(written);
  }

  /** Writes the central directory, in alphabetical order as real files have it, and the end. */
  async finish(): Promise<void> {
    const offset = this.#output.position;
    for (const member of this.#members.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
      await this.#output.write(encodeDirectoryEntry(member, this.#style));
    }
    const byteLength = this.#output.position - offset;
    const entryCount = this.#members.length;
    await this.#output.write(encodeEndRecords({ offset, byteLength, entryCount }));
  }
}
