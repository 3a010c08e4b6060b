import { UnsupportedError } from "../../../errors.ts";
import { openSource } from "../../../io/mod.ts";
import { damaged, readRange, type SourceRange } from "../source_range.ts";
import type { ArchiveMember } from "./read_archive.ts";

/** Deflated members are inflated in memory; tensors of any size belong into stored ones. */
const MAX_INFLATED_BYTES = 64 * 2 ** 20;

/**
 * Gives the content of all members of an archive by name. Stored content stays where it is; deflated
 * content, which appears when a DLC was repacked by a general ZIP tool, is inflated into memory.
 *
 * @throws {UnsupportedError} If deflated content is too large for that.
 * @throws {FormatError} If deflated content is damaged or has another size than the archive states.
 */
export async function openMembers(
  archive: ReadonlyMap<string, ArchiveMember>,
): Promise<ReadonlyMap<string, SourceRange>> {
  checkInflatable([...archive.values()]);
  const contents = new Map<string, SourceRange>();
  for (const [name, member] of archive) contents.set(name, await openMember(member));
  return contents;
}

/** Gives the content of one member; see {@linkcode openMembers}. */
export async function openMember(member: ArchiveMember): Promise<SourceRange> {
  if (member.method === "stored") return member;
  checkInflatable([member]);
  const source = await openSource(await inflate(member), {
    name: `${member.source.name}/${member.name}`,
  });
  return { source, offset: 0, byteLength: member.contentByteLength };
}

async function inflate(member: ArchiveMember): Promise<Uint8Array> {
  const { source, name, offset, contentByteLength } = member;
  const damage = (found: string): Error =>
    damaged(source, offset, {
      what: `deflated content of member "${name}"`,
      found,
      expected: `${contentByteLength} bytes`,
    });
  const content = new Uint8Array(contentByteLength);
  const deflated = new Blob([await readRange(member)]).stream();
  let filled = 0;
  try {
    for await (const chunk of deflated.pipeThrough(new DecompressionStream("deflate-raw"))) {
      if (filled + chunk.byteLength > contentByteLength) {
        throw damage(`more than ${contentByteLength} bytes`);
      }
      content.set(chunk, filled);
      filled += chunk.byteLength;
    }
  } catch (cause) {
    // The stream says with a TypeError that the data is not deflated or ends early.
    throw cause instanceof TypeError ? damage(`an error after ${filled} bytes`) : cause;
  }
  if (filled < contentByteLength) throw damage(`${filled} bytes`);
  return content;
}

function checkInflatable(members: readonly ArchiveMember[]): void {
  const deflated = members.filter((member) => member.method === "deflated");
  const byteLength = deflated.reduce(
    (sum, member) => sum + Math.max(member.byteLength, member.contentByteLength),
    0,
  );
  if (byteLength <= MAX_INFLATED_BYTES) return;
  const names = deflated.slice(0, 4).map(({ name }) => `"${name}"`).join(", ");
  const file = deflated[0]?.source.name;
  throw new UnsupportedError(
    `Cannot read ${names} of "${file}": compressed members have ${byteLength} bytes, ` +
      `${MAX_INFLATED_BYTES} are the limit; repack with \`zip -0\``,
  );
}
