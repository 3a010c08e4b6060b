import { type ByteSource, crc32 } from "../../io/mod.ts";
import { damaged, streamRange } from "./source_range.ts";
import { hexadecimal, openMember, readArchive } from "./zip/mod.ts";

/** Options for {@linkcode verifyDlc}. */
export interface VerifyDlcOptions {
  /** Ends the check early. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode verifyDlc} found out about a member of the archive. */
export interface DlcMemberCheck {
  /** Its name. */
  readonly name: string;
  /** Length of its content. */
  readonly byteLength: number;
  /** Whether the stored CRC-32 agrees, or is 0: QAIRT leaves it out. */
  readonly checksum: "agrees" | "absent";
}

/**
 * Reads every byte of a DLC and compares the checksums of its members.
 *
 * @returns One entry a member, in the order of the file.
 * @throws {FormatError} If a checksum does not agree, or the archive is damaged.
 */
export async function verifyDlc(
  source: ByteSource,
  options: VerifyDlcOptions = {},
): Promise<DlcMemberCheck[]> {
  const checks: DlcMemberCheck[] = [];
  for (const member of (await readArchive(source)).values()) {
    const content = await openMember(member);
    let sum = 0;
    for await (const chunk of streamRange(content, options.signal)) sum = crc32(chunk, sum);
    if (member.crc32 !== 0 && sum !== member.crc32) {
      throw damaged(source, member.offset, {
        what: `CRC-32 of member "${member.name}"`,
        found: hexadecimal(sum),
        expected: hexadecimal(member.crc32),
      });
    }
    const checksum = member.crc32 === sum ? "agrees" : "absent";
    checks.push({ name: member.name, byteLength: content.byteLength, checksum });
  }
  return checks;
}
