import { nearestName } from "../nearest_name.ts";
import { parseArgs } from "../std/parse_args.ts";
import type { Option, OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** Joins the two words of a pairs option for the parser; no argument can contain it. */
const PAIR_SEPARATOR = "\0";

/**
 * Parses the words behind a command's name by its table of options. `--name value` and
 * `--name=value` mean the same, as do `-` and `_` within a name.
 *
 * @param words The words.
 * @param options The table.
 * @throws {UsageError} If an option is unknown, lacks its value, or has one it does not take.
 */
export function parseOptions(words: readonly string[], options: readonly Option[]): OptionValues {
  const byName = new Map<string, Option>();
  for (const option of options) {
    for (const name of [option.name, ...(option.aliases ?? [])]) byName.set(spell(name), option);
  }
  const names = (kinds: readonly Option["kind"][]): string[] =>
    options.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const parsed = parseArgs(normalize(words, byName), {
    boolean: names(["flag"]),
    string: [...names(["text", "list", "pairs"]), "_"],
    collect: names(["list", "pairs"]),
  });
  const values = new Map<string, unknown>(Object.entries(parsed));
  for (const option of options) check(option, values.get(option.name));
  return {
    positionals: parsed._.map(String),
    flag: (name) => values.get(name) === true,
    text: (name) => {
      const value = values.get(name);
      return typeof value === "string" ? value : undefined;
    },
    list: (name) => strings(values.get(name)),
    pairs: (name) =>
      strings(values.get(name)).map((pair) => {
        const [first = "", second = ""] = pair.split(PAIR_SEPARATOR);
        return [first, second] as const;
      }),
  };
}

/** Replaces aliases by names and joins pairs, so that the parser sees one spelling only. */
function normalize(words: readonly string[], byName: ReadonlyMap<string, Option>): string[] {
  const result: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return [...result, ...words.slice(i)];
    const match = /^--?([A-Za-z][^=]*)(=[^]*)?$/.exec(word);
    if (match === null) {
      result.push(word);
      continue;
    }
    const [, name = "", inline] = match;
    const option = byName.get(spell(name));
    if (option === undefined) throw unknownOption(word.split("=")[0] ?? word, byName);
    if (option.kind === "flag") {
      if (inline !== undefined) throw new UsageError(`Option --${option.name} takes no value`);
      result.push(`--${option.name}`);
      continue;
    }
    const first = inline === undefined ? valueAt(words, ++i, option) : inline.slice(1);
    const value = option.kind === "pairs"
      ? `${first}${PAIR_SEPARATOR}${valueAt(words, ++i, option)}`
      : first;
    result.push(`--${option.name}=${value}`);
  }
  return result;
}

function spell(name: string): string {
  return name.replaceAll("_", "-");
}

function valueAt(words: readonly string[], index: number, option: Option): string {
  const word = words[index];
  if (word === undefined) {
    const name = option.kind === "pairs" ? "NAME " : "";
    throw new UsageError(
      `Option --${option.name} lacks its value: ${name}${option.value ?? "VALUE"}`,
    );
  }
  return word;
}

function unknownOption(word: string, byName: ReadonlyMap<string, Option>): UsageError {
  const known = [...new Set([...byName.values()].map(({ name }) => name))];
  const nearest = nearestName(word.replace(/^-+/, ""), known);
  const hint = nearest === undefined ? "" : ` the nearest is --${nearest},`;
  return new UsageError(`Unknown option ${word}:${hint} see --help`);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function check(option: Option, value: unknown): void {
  if (option.choices === undefined || value === undefined) return;
  for (const word of Array.isArray(value) ? strings(value) : [String(value)]) {
    if (!option.choices.includes(word)) {
      throw new UsageError(
        `Option --${option.name} does not take "${word}": expected ${option.choices.join(", ")}`,
      );
    }
  }
}
