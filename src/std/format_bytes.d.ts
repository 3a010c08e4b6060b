/** Options of `@std/fmt/bytes`. */
export interface FormatBytesOptions {
  readonly binary?: boolean;
  readonly minimumFractionDigits?: number;
  readonly maximumFractionDigits?: number;
}
export function format(bytes: number, options?: FormatBytesOptions): string;
