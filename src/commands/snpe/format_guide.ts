import { formatMeaning, formatNames } from "./format_tool_help.ts";
import { SNPE_TOOLS } from "./snpe_tools.ts";

/** The tables of the guide for people who come from SNPE, in Markdown. */
export function formatGuide(): string {
  return SNPE_TOOLS.flatMap(({ names, command, options, implied }) => [
    `### ${names.join(", ")}`,
    "",
    `Stands for \`${command}\`${
      implied === undefined
        ? ""
        : ` with \`${implied.words.join(" ")}\`, unless \`${implied.unless}\` is given`
    }.`,
    "",
    "| option | becomes |",
    "| --- | --- |",
    ...options.map((option) =>
      `| \`${formatNames(option).replaceAll("|", "\\|")}\` | ${
        formatMeaning(option.meaning).replaceAll("|", "\\|")
      } |`
    ),
    "",
  ]).join("\n");
}
