/** Options of `@std/fmt/duration`. */
export interface FormatDurationOptions {
  readonly ignoreZero?: boolean;
  readonly style?: "narrow" | "digital" | "full";
}
export function format(milliseconds: number, options?: FormatDurationOptions): string;
