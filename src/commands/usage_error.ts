/** The command line is wrong: unknown option, missing value, impossible combination. Exit code 2. */
export class UsageError extends RangeError {
  override readonly name = "UsageError";
}
