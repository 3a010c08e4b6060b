import { UnsupportedError } from "../../../errors.ts";
import { openSource } from "../../../io/mod.ts";
import { damaged, readRange, type SourceRange } from "../source_range.ts";
import type { ArchiveMember } from "./read_archive.ts";

/** Deflated members are inflated in memory; tensors of any size belong into stored ones. */
const MAX_INFLATED_BYTES = 64 * 2 ** 20;

/**
 * Gives the content of a member. Stored content stays where it is; deflated content, which appears
 * when a DLC was repacked by a general ZIP tool, is inflated into memory.
 *
 * @throws {UnsupportedError} If deflated content is too large for that.
 * @throws {FormatError} If deflated content is damaged or has another size than the archive states.
 */
export async function openMember(member: ArchiveMember): Promise<SourceRange> {
  if (member.method === "stored") return member;
  const { source, name, offset, contentByteLength } = member;
  const limit = Math.max(contentByteLength, member.byteLength);
  if (limit > MAX_INFLATED_BYTES) {
    throw new UnsupportedError(
      `Cannot read member "${name}" of "${source.name}": it is compressed and has ${limit} bytes, ` +
        `${MAX_INFLATED_BYTES} are the limit; repack with \`zip -0\``,
    );
  }
  const content = new Uint8Array(contentByteLength);
  let filled = 0;
  try {
    const stored = new Blob([await readRange(member)]).stream();
    for await (const chunk of stored.pipeThrough(new DecompressionStream("deflate-raw"))) {
      if (filled + chunk.byteLength > contentByteLength) {
        filled += chunk.byteLength;
        break;
      }
      content.set(chunk, filled);
      filled += chunk.byteLength;
    }
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw damaged(source, offset, {
      what: `deflated content of member "${name}"`,
      found: `an error after ${filled} bytes`,
      expected: `${contentByteLength} bytes`,
    });
  }
  if (filled !== contentByteLength) {
    throw damaged(source, offset, {
      what: `deflated content of member "${name}"`,
      found: `${filled > contentByteLength ? "more than " : ""}${
        Math.min(filled, contentByteLength)
      } bytes`,
      expected: `${contentByteLength} bytes`,
    });
  }
  const inflated = await openSource(content, { name: `${source.name}/${name}` });
  return { source: inflated, offset: 0, byteLength: contentByteLength };
}
