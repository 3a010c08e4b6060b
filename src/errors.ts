/**
 * The error classes of dlcstream. A message reads as one line: the action that failed with its
 * subject in double quotes, a colon, what was found and what was expected.
 *
 * @module
 */

/** What a {@linkcode FormatError} knows about the bytes or values that are wrong. */
export interface FormatErrorDetails extends ErrorOptions {
  /** The file (path or URL) that is bad. */
  readonly file?: string;
  /** Where in the file, in bytes from its start. */
  readonly offset?: number;
  /** What should have been there. */
  readonly expected?: string;
  /** What is there. */
  readonly found?: string;
  /** Messages about all that is wrong, if that is more than one thing. */
  readonly problems?: readonly string[];
}

/** A file or the data in it is bad: truncated, contradictory, not of the claimed format. */
export class FormatError extends SyntaxError {
  /** The name of this class. */
  override readonly name = "FormatError";
  /** The file (path or URL) that is bad. */
  readonly file: string | undefined;
  /** Where in the file, in bytes from its start. */
  readonly offset: number | undefined;
  /** What should have been there. */
  readonly expected: string | undefined;
  /** What is there. */
  readonly found: string | undefined;
  /** Messages about all that is wrong; the error's own if that is one thing. */
  readonly problems: readonly string[];

  /**
   * Creates an error about bad data.
   *
   * @param message The whole sentence a person reads.
   * @param details The same facts for a program.
   */
  constructor(message: string, details: FormatErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.file = details.file;
    this.offset = details.offset;
    this.expected = details.expected;
    this.found = details.found;
    this.problems = details.problems ?? [message];
  }
}

/** What an {@linkcode UnsupportedError} knows about the thing that is not supported. */
export interface UnsupportedErrorDetails extends ErrorOptions {
  /** The node that asks for it. */
  readonly node?: string;
  /** The operator type of that node. */
  readonly operator?: string;
  /** Messages about all that is not supported, if that is more than one thing. */
  readonly problems?: readonly string[];
}

/** The data is valid, but asks for something dlcstream does not do. */
export class UnsupportedError extends Error {
  /** The name of this class. */
  override readonly name = "UnsupportedError";
  /** The node that asks for it. */
  readonly node: string | undefined;
  /** The operator type of that node. */
  readonly operator: string | undefined;
  /** Messages about all that is not supported; the error's own if that is one thing. */
  readonly problems: readonly string[];

  /**
   * Creates an error about something valid that is not supported.
   *
   * @param message The whole sentence a person reads, with what would work.
   * @param details The same facts for a program.
   */
  constructor(message: string, details: UnsupportedErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.node = details.node;
    this.operator = details.operator;
    this.problems = details.problems ?? [message];
  }
}

/** The memory limit does not hold the smallest unit of work. */
export class MemoryLimitError extends RangeError {
  /** The name of this class. */
  override readonly name = "MemoryLimitError";
}
