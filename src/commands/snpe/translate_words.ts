import { nearestName } from "../../nearest_name.ts";
import type { Option } from "../option.ts";
import { UsageError } from "../usage_error.ts";
import type { SnpeOption } from "./snpe_option.ts";
import type { SnpeTool } from "./snpe_tools.ts";

/** Options for {@linkcode translateWords}. */
export interface TranslateOptions {
  /** The options of our command; they may be mixed with those of the tool. */
  readonly own: readonly Option[];
  /** Whether a name that both know is the tool's. */
  readonly toolFirst: boolean;
  /** Takes a sentence for each option that changes nothing. */
  readonly tell: (notice: string) => void;
}

/**
 * Turns words for a tool of SNPE into words for our command: `--name value` and `--name=value`, `_`
 * and `-` alike. Words that are no option stay.
 *
 * @param words The words behind the tool's name.
 * @param tool The tool.
 * @param options Our options, who is told.
 * @throws {UsageError} If an option is unknown, lacks a value, is refused, or excludes another one.
 */
export function translateWords(
  words: readonly string[],
  tool: Pick<SnpeTool, "options" | "implied">,
  options: TranslateOptions,
): string[] {
  const own = new Map(
    options.own.flatMap((option) =>
      [option.name, ...option.aliases ?? []].map((name) => [spell(name), option])
    ),
  );
  const snpe = new Map(
    tool.options.flatMap((option) => option.names.map((name) => [spell(name), option])),
  );
  const given = new Map<string, SnpeOption>();
  const result: string[] = [];
  for (let i = 0; i < words.length;) {
    const word = words[i] ?? "";
    if (word === "--") return [...result, ...words.slice(i)];
    const [, name, inline] = /^(--?[A-Za-z][^=]*)(?:=([^]*))?$/.exec(word) ?? [];
    i++;
    if (name === undefined) {
      result.push(word);
      continue;
    }
    const ours = own.get(spell(name));
    const theirs = snpe.get(spell(name));
    if (ours !== undefined && (theirs === undefined || !options.toolFirst)) {
      result.push(word);
      const following = ours.kind === "flag" ? 0 : ours.kind === "pairs" ? 2 : 1;
      for (let left = following - (inline === undefined ? 0 : 1); left > 0; left--) {
        if (i < words.length) result.push(words[i++] ?? "");
      }
      continue;
    }
    if (theirs === undefined) {
      throw unknownOption(name, { own, snpe, toolFirst: options.toolFirst });
    }
    const { values, next } = takeValues(theirs, { words, at: i, inline });
    i = next;
    given.set(theirs.names[0] ?? name, theirs);
    const translated = translate(theirs, { name, values, tell: options.tell });
    checkChoices(translated, { name, own });
    result.push(...translated);
  }
  for (const [name, { excludes = [] }] of given) {
    const other = excludes.find((excluded) => given.has(excluded));
    if (other !== undefined) {
      throw new UsageError(`Options ${name} and ${other} exclude each other`);
    }
  }
  const { implied } = tool;
  return implied === undefined || given.has(implied.unless)
    ? result
    : [...implied.words, ...result];
}

/** A name without its dashes, words joined by `-`. */
function spell(name: string): string {
  return name.replace(/^-+/, "").replaceAll("_", "-");
}

/** The words behind an option: as many as its value names, and optional ones as long as they fit. */
function takeValues(
  option: SnpeOption,
  { words, at, inline }: {
    readonly words: readonly string[];
    readonly at: number;
    readonly inline: string | undefined;
  },
): { readonly values: readonly string[]; readonly next: number } {
  const [name = ""] = option.names;
  const values = inline === undefined ? [] : [inline];
  let next = at;
  // What is refused needs no value; the sentence says more than its absence.
  const needed = option.meaning.kind === "refused" ? 0 : option.value?.split(" ").length ?? 0;
  while (values.length < needed) {
    const word = words[next++];
    if (word === undefined) throw new UsageError(`Option ${name} lacks its value: ${option.value}`);
    values.push(word);
  }
  const { optional } = option;
  if (optional !== undefined && inline === undefined) {
    while (optional.test(words[next] ?? "")) values.push(words[next++] ?? "");
  }
  const isWrong = option.meaning.kind !== "refused" && inline !== undefined && needed === 0 &&
    optional?.test(inline) !== true;
  if (isWrong) throw new UsageError(`Option ${name} does not take "${inline}"`);
  return { values, next };
}

function translate(
  { meaning }: SnpeOption,
  { name, values, tell }: {
    readonly name: string;
    readonly values: readonly string[];
    readonly tell: (notice: string) => void;
  },
): readonly string[] {
  switch (meaning.kind) {
    case "option": {
      const [first, ...rest] = values;
      return first === undefined ? [`--${meaning.name}`] : [`--${meaning.name}=${first}`, ...rest];
    }
    case "always":
      tell(`Option ${name} changes nothing: ${meaning.because}`);
      return [];
    case "refused":
      throw new UsageError(`Option ${name} is refused: ${meaning.because}`);
    case "words": {
      const translated = meaning.translate(values);
      if (typeof translated !== "string") return translated;
      throw new UsageError(`Option ${name} is refused: ${translated}`);
    }
  }
}

/** Refuses what our options do not take under the name that was typed. */
function checkChoices(
  translated: readonly string[],
  { name, own }: { readonly name: string; readonly own: ReadonlyMap<string, Option> },
): void {
  for (const word of translated) {
    const [, ours = "", value = ""] = /^--([^=]+)=([^]*)$/.exec(word) ?? [];
    const { choices } = own.get(ours) ?? {};
    if (choices?.includes(value) === false) {
      throw new UsageError(
        `Option ${name} does not take "${value}": expected ${choices.join(", ")}`,
      );
    }
  }
}

function unknownOption(
  name: string,
  { own, snpe, toolFirst }: {
    readonly own: ReadonlyMap<string, Option>;
    readonly snpe: ReadonlyMap<string, SnpeOption>;
    readonly toolFirst: boolean;
  },
): UsageError {
  const known = toolFirst
    ? [...snpe.values()].map(({ names: [first = ""] }) => first)
    : [...own.values()].map((option) => `--${option.name}`);
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? "" : ` the nearest is ${nearest},`;
  return new UsageError(`Unknown option ${name}:${hint} see --help`);
}
