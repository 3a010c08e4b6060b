import { FormatError } from "../../errors.ts";
import { suggestName } from "../../nearest_name.ts";

/** One line of an input list: the file of each network input, by input name. */
export interface InputListLine {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** Paths as they stand in the list. */
  readonly files: ReadonlyMap<string, string>;
}

/** What an input list says. */
export interface ParsedInputList {
  /** Layers (`#` line) and tensors (`%` line) whose values are wanted. */
  readonly outputNames: readonly string[];
  /** A line for each sample. */
  readonly samples: readonly InputListLine[];
}

/** Options for {@linkcode parseInputList}. */
export interface ParseInputListOptions {
  /** Name of the list, for messages. */
  readonly file: string;
  /** Names of the network's inputs. */
  readonly inputs: readonly string[];
}

/**
 * Parses SNPE's input list: one line a sample, `#` and `%` lines name outputs, blank lines count for
 * nothing. A network with one input takes a line as one path, which may hold blanks; with several
 * inputs a line has `name:=path` for each of them.
 *
 * @param lines The lines of the list.
 * @param options Name of the list, names of the inputs.
 * @throws {FormatError} If a line does not name every input once, or no line names any.
 */
export async function parseInputList(
  lines: AsyncIterable<string>,
  options: ParseInputListOptions,
): Promise<ParsedInputList> {
  const outputNames: string[] = [];
  const samples: InputListLine[] = [];
  let line = 0;
  for await (const raw of lines) {
    line++;
    const text = raw.trim();
    if (text === "") continue;
    if (text.startsWith("#") || text.startsWith("%")) {
      for (const word of words(text.slice(1))) outputNames.push(word);
    } else samples.push({ line, files: parseLine(text, line, options) });
  }
  if (samples.length === 0) {
    throw new FormatError(
      `Cannot read input list "${options.file}": it names no input files, ` +
        "expected at least one line with a path",
      { file: options.file, expected: "at least one line with a path" },
    );
  }
  return { outputNames, samples };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function parseLine(
  text: string,
  line: number,
  { file, inputs }: ParseInputListOptions,
): ReadonlyMap<string, string> {
  const error = (problem: string, expected: string) =>
    new FormatError(
      `Cannot read input list "${file}": line ${line} ${problem}, expected ${expected}`,
      { file, expected, found: problem },
    );
  const entries = inputs.length === 1 && !/\s\S*:=/.test(text) ? [text] : words(text);
  const files = new Map<string, string>();
  for (const entry of entries) {
    const separator = entry.indexOf(":=");
    const name = separator < 0 ? inputs[0] ?? "" : entry.slice(0, separator);
    const path = separator < 0 ? entry : entry.slice(separator + 2);
    if (separator < 0 && inputs.length > 1) {
      throw error(`has "${entry}" without an input name`, `name:=path for ${quote(inputs)}`);
    }
    if (!inputs.includes(name)) {
      throw error(
        `names input "${name}", which the network does not have`,
        inputs.length === 0 ? "no inputs" : `${quote(inputs)}${suggestName(name, inputs)}`,
      );
    }
    if (path === "") throw error(`has no path for input "${name}"`, "name:=path");
    if (files.has(name)) throw error(`names input "${name}" twice`, "it once");
    files.set(name, path);
  }
  const missing = inputs.filter((name) => !files.has(name));
  if (missing.length > 0) {
    throw error(`has no file for input ${quote(missing)}`, `a file for each of ${quote(inputs)}`);
  }
  return files;
}

function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
