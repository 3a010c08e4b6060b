/** An option of a command: one row of the table that parsing, help and aliases are made from. */
export interface Option {
  /** Long name without dashes, words joined by `-`; the `_` spelling is accepted as well. */
  readonly name: string;
  /** Other names: a letter (`i` for `-i`) or SNPE's (`input_dlc`). */
  readonly aliases?: readonly string[];
  /**
   * What follows the name: nothing (`flag`), one word (`text`), one word and the option may be
   * repeated (`list`), or two words `NAME VALUE`, repeatable (`pairs`).
   */
  readonly kind: "flag" | "text" | "list" | "pairs";
  /** How help names the value, such as `FILE`. */
  readonly value?: string;
  /** One sentence for help, with the unit. */
  readonly description: string;
  /** The default as help shows it. */
  readonly default?: string;
  /** The only words that may follow. */
  readonly choices?: readonly string[];
  /** Heading under which help lists the option. */
  readonly group?: string;
}

/** The values that were given on a command line, by option name. */
export interface OptionValues {
  /** Words that belong to no option. */
  readonly positionals: readonly string[];
  /** Whether a flag was given. */
  flag(name: string): boolean;
  /** The value of a text option; `undefined` if it was not given. */
  text(name: string): string | undefined;
  /** The values of a list option, in order. */
  list(name: string): readonly string[];
  /** The pairs of a pairs option, in order. */
  pairs(name: string): readonly (readonly [string, string])[];
}
