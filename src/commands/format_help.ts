import type { Command } from "./command.ts";
import type { Option } from "./option.ts";

const WIDTH = 96;
const INDENT = 30;

/**
 * The help page of one command: purpose, usage, examples, options by group.
 *
 * @param command The command.
 */
export function formatCommandHelp(command: Command): string {
  const lines = [
    command.summary,
    "",
    `Usage: dlcstream ${command.name} ${[...command.positionals, "[OPTIONS]"].join(" ")}`,
    "",
    "Examples:",
    ...command.examples.flatMap(([what, words]) => [`  # ${what}`, `  dlcstream ${words}`]),
  ];
  const groups = new Map<string, Option[]>();
  for (const option of command.options) {
    const heading = option.group ?? "Options";
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  for (const [heading, options] of groups) {
    lines.push("", `${heading}:`, ...options.flatMap(describe));
  }
  for (const [heading, rows] of Object.entries(command.lists ?? {})) {
    lines.push("", `${heading}:`, ...rows.flatMap(([word, text]) => formatRow(`  ${word}`, text)));
  }
  lines.push("", `Permissions: deno run ${command.permissions} cli.ts ${command.name} …`);
  return lines.join("\n");
}

/**
 * The help page of the whole program.
 *
 * @param commands All commands.
 * @param options The program's version; the names of SNPE's tools that commands stand in for.
 */
export function formatOverview(
  commands: readonly Command[],
  { version, tools }: { readonly version: string; readonly tools: readonly string[] },
): string {
  return [
    `dlcstream ${version}: converts, quantizes, runs and measures neural networks as DLC files`,
    "",
    "Usage: dlcstream COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`),
    "",
    "SNPE's names work as well, with SNPE's options:",
    `  ${tools.slice(0, 4).join(", ")},`,
    `  ${tools.slice(4).join(", ")}`,
    "",
    "Options: --help, --version, --verbose (stack of an error), --quiet (no progress)",
    "",
    "`dlcstream COMMAND --help` shows a command's options with examples. Here `dlcstream` stands for",
    "`deno run -A cli.ts`; each command's help names the narrower permissions it needs.",
  ].join("\n");
}

function describe(option: Option): string[] {
  const letters = (option.aliases ?? []).filter((alias) => alias.length === 1);
  const value = option.kind === "flag"
    ? ""
    : option.kind === "pairs"
    ? ` NAME ${option.value ?? "VALUE"}`
    : ` ${option.value ?? "VALUE"}`;
  const head = `  ${letters.map((letter) => `-${letter}, `).join("")}--${option.name}${value}`;
  const notes = [
    option.description,
    ...(option.choices === undefined ? [] : [`(${option.choices.join(", ")})`]),
    ...(option.kind === "list" || option.kind === "pairs" ? ["Repeatable."] : []),
    ...(option.default === undefined ? [] : [`Default: ${option.default}.`]),
  ].join(" ");
  return formatRow(head, notes);
}

/** Lines of a help page: a word or option at the margin, what it means beside it. */
export function formatRow(head: string, meaning: string): string[] {
  const text = wrap(meaning, WIDTH - INDENT);
  const first = text.shift() ?? "";
  const start = head.length + 2 <= INDENT ? [head.padEnd(INDENT) + first] : [
    head,
    " ".repeat(INDENT) + first,
  ];
  return [...start, ...text.map((line) => " ".repeat(INDENT) + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
