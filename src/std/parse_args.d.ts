/** The options of `@std/cli/parse-args` that dlcstream uses. */
export interface ParseOptions {
  readonly boolean?: readonly string[];
  readonly string?: readonly string[];
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly negatable?: readonly string[];
  readonly stopEarly?: boolean;
  readonly "--"?: boolean;
  /** Called for what is in no list; return `false` to leave it out of the result. */
  readonly unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}
/** Parsed options by name; `_` has what is not an option. */
export interface Args {
  readonly _: readonly (string | number)[];
  readonly [name: string]: unknown;
}
export function parseArgs(args: readonly string[], options?: ParseOptions): Args;
