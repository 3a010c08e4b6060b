import { FormatError, UnsupportedError } from "./errors.ts";

/** More problems than this are counted, not listed. */
const MAX_LISTED = 1000;
/** More problems of one kind than this become one, with the first names. */
const MAX_ALIKE = 3;

/** What a message names first: a layer, a tensor, a file. */
const NAME = /"[^"]*"/;
/** Problems that differ only in what they name first, and in numbers. */
interface Kind {
  /** The messages of the first of them. */
  readonly messages: string[];
  /** What the others name. */
  readonly others: string[];
  /** How many others there are. */
  count: number;
}

/**
 * Gathers what is wrong with a model part by part, so that a person learns all of it at once. What
 * is neither a {@linkcode FormatError} nor an {@linkcode UnsupportedError} goes through at once.
 */
export class ProblemCollector {
  /** The first error, and the first that says that the file is bad. */
  #first: FormatError | UnsupportedError | undefined;
  #bad: FormatError | undefined;
  #errorCount = 0;
  #problemCount = 0;
  readonly #kinds = new Map<string, Kind>();
  readonly #messages = new Set<string>();

  /** How many parts of the work failed so far. */
  get count(): number {
    return this.#errorCount;
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
    this.#errorCount++;
    this.#problemCount += error.problems.length;
    this.#first ??= error;
    if (error instanceof FormatError) this.#bad ??= error;
    for (const problem of error.problems) this.#addToKind(problem);
  }

  #addToKind(problem: string): void {
    const [name] = NAME.exec(problem) ?? [];
    const key = name === undefined ? problem : problem.replace(NAME, "").replaceAll(/\d+/g, "");
    const kind = this.#kinds.get(key);
    if (kind === undefined) {
      this.#kinds.set(key, { messages: [problem], others: [], count: 0 });
      return;
    }
    kind.count++;
    if (kind.messages.length < MAX_ALIKE) kind.messages.push(problem);
    if (kind.others.length < MAX_ALIKE) kind.others.push(name ?? "");
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
    if (this.#first === undefined) return;
    if (this.#errorCount === 1) throw this.#first;
    const messages = [...this.#kinds.values()].flatMap(describe);
    const problems = messages.slice(0, MAX_LISTED);
    if (messages.length > problems.length) {
      problems.push(`and ${messages.length - problems.length} more`);
    }
    const message = `Cannot ${subject}: ${this.#problemCount} problems, the first: ${messages[0]}`;
    if (this.#bad !== undefined) throw new FormatError(message, { problems, cause: this.#bad });
    throw new UnsupportedError(message, { problems, cause: this.#first });
  }
}

/** A few problems of a kind one by one; of more the first, with names of the others. */
function describe({ messages, others, count }: Kind): readonly string[] {
  if (count < MAX_ALIKE) return messages;
  const more = count - others.length;
  return [
    `${messages[0]}; the same of ${others.join(", ")}${more === 0 ? "" : ` and ${more} more`}`,
  ];
}
