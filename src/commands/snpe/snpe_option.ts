/** What becomes of an option of SNPE's tools. */
export type SnpeMeaning =
  /** The same as an option of ours, with the same words behind it. */
  | { readonly kind: "option"; readonly name: string }
  /** Words of ours, or a sentence that refuses the value. */
  | {
    readonly kind: "words";
    readonly description: string;
    readonly translate: (values: readonly string[]) => readonly string[] | string;
  }
  /** Nothing to do: it is so in any case. */
  | { readonly kind: "always"; readonly because: string }
  /** Not possible here. */
  | { readonly kind: "refused"; readonly because: string };

/** An option of SNPE's tools: one row of the table that translation, help and the guide come from. */
export interface SnpeOption {
  /** Every spelling, with its dashes; the usual one first. */
  readonly names: readonly string[];
  /** The words that must follow, such as `PATH` or `NAME DIMS`. */
  readonly value?: string;
  /** What may follow, any number of times. */
  readonly optional?: RegExp;
  /** How help names what may follow; the words of the pattern if it is left out. */
  readonly optionalValue?: string;
  /** Options that it cannot be combined with, by their first names. */
  readonly excludes?: readonly string[];
  /** What becomes of it. */
  readonly meaning: SnpeMeaning;
}

/** A row for an option that is one of ours. */
export function same(name: string, names: string, value?: string): SnpeOption {
  return row(names, value, { kind: "option", name });
}

/** A row for an option that says what is so in any case. */
export function always(names: string, because: string, value?: string): SnpeOption {
  return row(names, value, { kind: "always", because });
}

/** A row for an option that is refused. */
export function refused(names: string, because: string, value?: string): SnpeOption {
  return row(names, value, { kind: "refused", because });
}

/** A row for an option that becomes other words. */
export function words(
  names: string,
  meaning: Omit<Extract<SnpeMeaning, { kind: "words" }>, "kind">,
  more: Pick<SnpeOption, "value" | "optional" | "optionalValue" | "excludes"> = {},
): SnpeOption {
  return { names: names.split(" "), ...more, meaning: { kind: "words", ...meaning } };
}

function row(names: string, value: string | undefined, meaning: SnpeMeaning): SnpeOption {
  return { names: names.split(" "), ...(value === undefined ? {} : { value }), meaning };
}
