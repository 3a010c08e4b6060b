import { FormatError, UnsupportedError } from "../errors.ts";
import { suggestName } from "../nearest_name.ts";
import { NO_PROGRESS, printable, type Progress } from "../report/mod.ts";
import { VERSION } from "../version.ts";
import { ANALYZE } from "./analyze.ts";
import { CALIBRATE } from "./calibrate.ts";
import type { Command } from "./command.ts";
import { CONVERT } from "./convert.ts";
import { EVALUATE } from "./evaluate.ts";
import { EXPORT } from "./export.ts";
import { formatCommandHelp, formatOverview } from "./format_help.ts";
import { INFO } from "./info.ts";
import { MERGE } from "./merge.ts";
import { parseOptions } from "./parse_options.ts";
import { QUANTIZE } from "./quantize.ts";
import { RUN } from "./run.ts";
import { formatToolHelp } from "./snpe/format_tool_help.ts";
import { SNPE_TOOLS, type SnpeTool } from "./snpe/snpe_tools.ts";
import { translateWords } from "./snpe/translate_words.ts";
import { UsageError } from "./usage_error.ts";

/** All commands, in the order of help. */
export const COMMANDS: readonly Command[] = [
  CONVERT,
  QUANTIZE,
  CALIBRATE,
  MERGE,
  INFO,
  RUN,
  EVALUATE,
  ANALYZE,
  EXPORT,
];

/** Exit codes: done, the work failed, wrong use, interrupted. */
export const EXIT_CODES = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs the command line: the first word names the command.
 *
 * @param words The words behind the program's name.
 * @returns The exit code. Errors have been told on stderr, one line each.
 */
export async function main(words: readonly string[]): Promise<number> {
  const [name] = words;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    printLine(name === undefined ? Deno.stderr : Deno.stdout, overview());
    return name === undefined ? EXIT_CODES.usage : EXIT_CODES.done;
  }
  if (name === "--version") {
    printLine(Deno.stdout, VERSION);
    return EXIT_CODES.done;
  }
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    // A second Ctrl-C ends the process at once; unfinished outputs have temporary names.
    if (interrupt.signal.aborted) Deno.exit(EXIT_CODES.interrupted);
    interrupt.abort(new DOMException("Interrupted", "AbortError"));
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  let verbose = words.includes("--verbose");
  try {
    await runCommand(words, {
      signal: interrupt.signal,
      onWords: (translated) => verbose ||= translated.includes("--verbose"),
    });
    return EXIT_CODES.done;
  } catch (error) {
    printLine(Deno.stderr, `dlcstream ${name}: ${describeError(error, verbose)}`);
    if (interrupt.signal.aborted) return EXIT_CODES.interrupted;
    return error instanceof RangeError ? EXIT_CODES.usage : EXIT_CODES.failed;
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}

function overview(): string {
  const tools = SNPE_TOOLS.flatMap(({ names }) => names);
  return formatOverview(COMMANDS, { version: VERSION, tools });
}

/** The command of a name, or the one that stands in for a tool of SNPE. */
function findCommand(name: string): { readonly command: Command; readonly tool?: SnpeTool } {
  const tool = SNPE_TOOLS.find(({ names }) => names.includes(name));
  const command = COMMANDS.find((candidate) => candidate.name === (tool?.command ?? name));
  if (command !== undefined) return tool === undefined ? { command } : { command, tool };
  const known = [
    ...COMMANDS.map((candidate) => candidate.name),
    ...SNPE_TOOLS.flatMap((t) => t.names),
  ];
  throw new UsageError(
    `Unknown command "${name}"${suggestName(name, known, ": the nearest is")}, see --help`,
  );
}

async function runCommand(
  words: readonly string[],
  { signal, onWords }: {
    readonly signal: AbortSignal;
    readonly onWords: (translated: readonly string[]) => void;
  },
): Promise<void> {
  const [name = "", ...given] = words;
  const { command, tool } = findCommand(name);
  if (tool !== undefined && given.includes("--version")) return printLine(Deno.stdout, VERSION);
  const tell = (line: string): void => printLine(Deno.stderr, line);
  const own = translateWords(given, tool ?? toolOf(command), {
    own: command.options,
    toolFirst: tool !== undefined,
    tell,
  });
  onWords(own);
  const values = parseOptions(own, command.options);
  if (values.flag("help")) {
    const help = tool === undefined ? formatCommandHelp(command) : formatToolHelp(tool, command);
    return printLine(Deno.stdout, help);
  }
  using progress = await startProgress(values.flag("quiet"));
  // A second Ctrl-C ends the process at once: the terminal is given back at the first.
  signal.addEventListener("abort", () => progress[Symbol.dispose]());
  const notices: string[] = [];
  const tellPaused = (line: string): void => {
    progress.pause();
    tell(line);
  };
  await command.run(values, {
    print: (line) => {
      progress.pause();
      printLine(Deno.stdout, line);
    },
    tell: tellPaused,
    notify: (line) => {
      notices.push(line);
      tellPaused(line);
    },
    notices,
    progress,
    signal,
    commandLine: `dlcstream ${words.join(" ")}`,
  });
}

/** SNPE's options that a command understands under its own name, besides its own. */
function toolOf({ name }: Command): Pick<SnpeTool, "options"> {
  return {
    options: SNPE_TOOLS.filter(({ command }) => command === name).flatMap((t) => t.options),
  };
}

/** A bar where a person watches, else nothing. The bar's library loads only when it is needed. */
async function startProgress(quiet: boolean): Promise<Progress> {
  if (quiet || !Deno.stderr.isTerminal()) return NO_PROGRESS;
  const door = "../report/progress_bar.ts";
  const { createProgressBar } = await import(new URL(door, import.meta.url).href);
  return createProgressBar();
}

function describeError(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (verbose && error.stack !== undefined) return error.stack;
  const listed = error instanceof FormatError || error instanceof UnsupportedError;
  const problems = listed ? error.problems : [error.message];
  const lines = problems.map((problem) => problem.replaceAll(/\s*\n\s*/g, " "));
  return lines.length === 1 ? lines[0] ?? "" : `${lines.length} problems\n${lines.join("\n")}`;
}

function printLine(stream: { writeSync(bytes: Uint8Array): number }, line: string): void {
  const bytes = new TextEncoder().encode(`${printable(line)}\n`);
  try {
    for (let written = 0; written < bytes.length;) {
      written += stream.writeSync(bytes.subarray(written));
    }
  } catch (error) {
    // The reader of a pipe, such as `head`, may leave early; that is no failure of ours.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
