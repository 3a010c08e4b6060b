/** An output cannot be created or written: no folder, no permission, no space. */
export class OutputError extends Error {
  /** The class, as printed before the message. */
  override readonly name = "OutputError";
  /** The file that was to be written. */
  readonly file: string;

  /**
   * Creates an error about an output.
   *
   * @param file The file that was to be written.
   * @param problem What is in the way.
   * @param options The error of the system.
   */
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`Cannot write "${file}": ${problem}`, options);
    this.file = file;
  }
}

const PROBLEMS: ReadonlyMap<unknown, string> = new Map([
  ["ENOSPC", "no space is left on the disk"],
  ["EDQUOT", "the disk quota is used up"],
  ["EFBIG", "the file grows larger than the file system allows"],
  ["ENOENT", "its folder does not exist"],
  ["ENOTDIR", "its folder does not exist"],
  ["EACCES", "writing there is not permitted"],
  ["EPERM", "writing there is not permitted"],
  ["EROFS", "the file system is read-only"],
  ["ENAMETOOLONG", "the name is too long"],
]);

/**
 * Runs work on an output and turns what the system says into an {@linkcode OutputError}. Missing
 * Deno permissions pass unchanged: their message names the flag to set.
 */
export async function explainOutputErrors<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const problem = PROBLEMS.get(code);
    if (problem === undefined || error instanceof Deno.errors.NotCapable) throw error;
    throw new OutputError(file, problem, { cause: error });
  }
}
