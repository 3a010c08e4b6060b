import type { Command } from "../command.ts";
import { formatRow } from "../format_help.ts";
import type { SnpeMeaning, SnpeOption } from "./snpe_option.ts";
import type { SnpeTool } from "./snpe_tools.ts";

/**
 * The help page of a tool's name: what each of its options becomes.
 *
 * @param tool The tool.
 * @param command The command that stands in for it.
 */
export function formatToolHelp(tool: SnpeTool, command: Command): string {
  const [name = ""] = tool.names;
  return [
    command.summary,
    "",
    `Usage: dlcstream ${name} [OPTIONS], with the options of ${tool.names.join(" and ")}`,
    "",
    `What they become in \`dlcstream ${command.name}\`:`,
    ...tool.options.flatMap((option) =>
      formatRow(`  ${formatNames(option)}`, formatMeaning(option.meaning).replaceAll("`", ""))
    ),
    "",
    `The options of \`dlcstream ${command.name}\` may be added; its --help shows them.`,
    `Permissions: deno run ${command.permissions} cli.ts ${name} …`,
  ].join("\n");
}

/** Every spelling of an option, and what follows. */
export function formatNames({ names, value, optional, optionalValue }: SnpeOption): string {
  const words = optionalValue ?? optional?.source.replaceAll(/[\^$()]/g, "");
  return [
    names.toSorted((a, b) => a.length - b.length).join(", "),
    ...(value === undefined ? [] : [value]),
    ...(words === undefined ? [] : [`[${words}]`]),
  ].join(" ");
}

/** What an option becomes, as a person reads it. */
export function formatMeaning(meaning: SnpeMeaning): string {
  switch (meaning.kind) {
    case "option":
      return `\`--${meaning.name}\``;
    case "words":
      return meaning.description;
    case "always":
      return `nothing: ${meaning.because}`;
    case "refused":
      return `refused: ${meaning.because}`;
  }
}
