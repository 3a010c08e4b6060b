import { FormatError, UnsupportedError } from "./errors.ts";

/** More problems than this are counted, not listed. */
const MAX_LISTED = 1000;

/**
 * Gathers what is wrong with a model part by part, so that a person learns all of it at once. What
 * is neither a {@linkcode FormatError} nor an {@linkcode UnsupportedError} goes through at once.
 */
export class ProblemCollector {
  readonly #errors: (FormatError | UnsupportedError)[] = [];
  readonly #messages = new Set<string>();

  /** How many problems there are so far. */
  get count(): number {
    return this.#errors.length;
  }

  /**
   * Does a part of the work; a problem with it is kept for later.
   *
   * @param work What to do.
   * @returns What it returned, or `undefined` if it failed.
   */
  async attempt<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /** Does a part of the work that needs no promise. */
  attemptNow<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /**
   * Keeps a problem for later.
   *
   * @param error What was thrown; thrown again if it says nothing about the model.
   */
  add(error: unknown): void {
    if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error;
    // A file that is missing is missed by all that read it.
    if (this.#messages.has(error.message)) return;
    this.#messages.add(error.message);
    this.#errors.push(error);
  }

  /**
   * Ends the work if there were problems.
   *
   * @param subject What was being done, such as `convert "deploy.prototxt"`.
   * @throws {FormatError} If anything in the file is bad: the only error itself, or one that lists
   *   all of them.
   * @throws {UnsupportedError} If the file is good, but not all of it is supported; the same way.
   */
  throwIfAny(subject: string): void {
    const [first, second] = this.#errors;
    if (first === undefined) return;
    if (second === undefined) throw first;
    const messages = this.#errors.flatMap(({ problems }) => problems);
    const problems = messages.slice(0, MAX_LISTED);
    if (messages.length > problems.length) {
      problems.push(`and ${messages.length - problems.length} more`);
    }
    const message = `Cannot ${subject}: ${messages.length} problems, the first: ${messages[0]}`;
    const bad = this.#errors.find((error) => error instanceof FormatError);
    if (bad !== undefined) throw new FormatError(message, { problems, cause: bad });
    throw new UnsupportedError(message, { problems, cause: first });
  }
}
