import type { SaveDlcOptions } from "../formats/mod.ts";
import type { CommandContext } from "./command.ts";

/** Shows how much of a DLC is written. */
export function reportWriting(
  { progress }: Pick<CommandContext, "progress">,
): NonNullable<SaveDlcOptions["onProgress"]> {
  return ({ member, bytesDone, bytesTotal }) =>
    progress.report({
      stage: "write",
      done: bytesDone,
      total: bytesTotal,
      unit: "bytes",
      item: member,
    });
}
