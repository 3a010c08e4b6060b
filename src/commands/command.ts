import type { Progress } from "../report/mod.ts";
import type { Option, OptionValues } from "./option.ts";

/** Where a command writes and how it is told to stop. */
export interface CommandContext {
  /** Writes a line of results to stdout. */
  readonly print: (line: string) => void;
  /** Writes a line of messages to stderr. */
  readonly tell: (line: string) => void;
  /** Writes a line to stderr that the user should know, and keeps it for a JSON document. */
  readonly notify: (line: string) => void;
  /** What was given to {@linkcode CommandContext.notify} so far. */
  readonly notices: readonly string[];
  /** Shows how far long work is. */
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The command line as typed, for a file's metadata. */
  readonly commandLine: string;
}

/** A command of the command line: its help and what it does. */
export interface Command {
  /** The word behind `cli.ts`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Its positional arguments, such as `MODEL`. */
  readonly positionals: readonly string[];
  /** Its table of options. */
  readonly options: readonly Option[];
  /** Lists that help shows behind the options, by heading: words that options take, and what they mean. */
  readonly lists?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Three examples: what it does, and the words behind `cli.ts`. */
  readonly examples: readonly (readonly [string, string])[];
  /** Deno permissions it needs, as flags. */
  readonly permissions: string;
  /** Does the work; throws what went wrong. */
  readonly run: (values: OptionValues, context: CommandContext) => Promise<void>;
}
