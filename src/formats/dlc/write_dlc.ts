import { createAtomicOutput } from "../../io/mod.ts";
import type { ReadChunksOptions } from "../../tensor/mod.ts";
import { checkUnique } from "./check_unique.ts";
import type { DlcDocument } from "./document.ts";
import { MEMBER } from "./member_names.ts";
import { formatMetadata } from "./metadata.ts";
import { streamRange } from "./source_range.ts";
import { ARCHIVE_STYLES } from "./unconfirmed_container.ts";
import { composeNetwork3 } from "./version3/network3.ts";
import { composeNetwork4 } from "./version4/network4.ts";
import { ArchiveWriter, type NewMember } from "./zip/mod.ts";

/** How far {@linkcode writeDlc} is. */
export interface WriteDlcProgress {
  /** The archive member that is being written. */
  readonly member: string;
  /** Bytes of members written so far. */
  readonly bytesDone: number;
  /** Bytes of all members. */
  readonly bytesTotal: number;
}

/** Options for {@linkcode writeDlc}. */
export interface WriteDlcOptions {
  /** Ends the write; nothing appears under the path. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: WriteDlcProgress) => void;
  /**
   * Bytes that views of tensors may hold, such as a permutation's.
   *
   * @default {134217728}
   */
  readonly memoryLimit?: number;
  /** Where views that need more than the limit spill; by default the system's folder. */
  readonly tempDirectory?: string;
}

/**
 * Writes a document to a file, which appears only when it is complete. Tensors are streamed through
 * their views and never held; the same document always gives the same bytes.
 *
 * @param document What to write; its version decides the layout.
 * @param path Where the file shall be.
 * @throws {UnsupportedError} If tensors are of a type, or together of a size, that the version does not
 *   hold.
 * @throws {RangeError} If the document contradicts itself: a name occurs twice, a number does not fit
 *   its field, a static tensor lacks elements.
 */
export async function writeDlc(
  document: DlcDocument,
  path: string,
  options: WriteDlcOptions = {},
): Promise<void> {
  const { signal, onProgress } = options;
  // Everything that can be wrong with the document comes to light here, before a byte is written.
  const members = composeMembers(document, options);
  const bytesTotal = members.reduce((sum, member) => sum + member.byteLength, 0);
  let bytesDone = 0;
  await using output = await createAtomicOutput(path);
  const archive = new ArchiveWriter(output, ARCHIVE_STYLES[document.version]);
  for (const member of members) {
    await archive.add(member, (byteLength) => {
      signal?.throwIfAborted();
      bytesDone += byteLength;
      onProgress?.({ member: member.name, bytesDone, bytesTotal });
    });
  }
  await archive.finish();
  await output.commit();
}

/** All members in the order of real files: tensors first, the others by name. */
function composeMembers(document: DlcDocument, options: ReadChunksOptions): NewMember[] {
  const network = document.version === "3.0"
    ? composeNetwork3(document, options)
    : composeNetwork4(document, options);
  const texts = document.version === "3.0" ? [] : [...document.jsonMetadata];
  if (document.metadata.size > 0) texts.push([MEMBER.metadata, formatMetadata(document.metadata)]);
  const members = [
    ...network,
    ...texts.map(([name, text]) => composeText(name, text)),
    ...document.records.map((record) => ({
      name: record.name,
      byteLength: record.byteLength,
      chunks: () => streamRange(record, options.signal),
    })),
  ];
  checkUnique("members", members);
  const tensors = members.filter((member) => member.name === MEMBER.tensors);
  const others = members.filter((member) => member.name !== MEMBER.tensors)
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
  return [...tensors, ...others];
}

function composeText(name: string, text: string): NewMember {
  const bytes = new TextEncoder().encode(text);
  return {
    name,
    byteLength: bytes.byteLength,
    async *chunks() {
      yield bytes;
    },
  };
}
