import { FormatError } from "../../../errors.ts";
import type { ByteSource } from "../../../io/mod.ts";

/** A run of bytes in a file beside the model. */
export interface ExternalRange {
  /** The file. */
  readonly source: ByteSource;
  /** First byte. */
  readonly offset: number;
  /** Number of bytes, if the model says it. */
  readonly byteLength?: number;
}

/** The files beside a model that hold its tensors, each opened once. */
export class ExternalFiles implements AsyncDisposable {
  readonly #model: ByteSource;
  readonly #opened = new Map<string, ByteSource>();

  /** Opens nothing yet. */
  constructor(model: ByteSource) {
    this.#model = model;
  }

  /**
   * Finds the bytes that `external_data` names.
   *
   * @param name The tensor, for messages.
   * @param entries Keys and values of `external_data`.
   * @throws {FormatError} If an entry is missing or no number, or the file is missing or outside the
   * model's folder.
   */
  async locate(name: string, entries: ReadonlyMap<string, string>): Promise<ExternalRange> {
    const location = entries.get("location") ?? "";
    if (location === "") {
      throw this.#error(name, `its external data has no "location"`);
    }
    const offset = this.#number(name, "offset", entries) ?? 0;
    const byteLength = this.#number(name, "length", entries);
    const source = await this.#open(name, location);
    return byteLength === undefined ? { source, offset } : { source, offset, byteLength };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#opened.values()) await source[Symbol.asyncDispose]();
    this.#opened.clear();
  }

  async #open(name: string, location: string): Promise<ByteSource> {
    const known = this.#opened.get(location);
    if (known !== undefined) return known;
    try {
      const source = await this.#model.openSibling(location);
      this.#opened.set(location, source);
      return source;
    } catch (cause) {
      if (!(cause instanceof FormatError)) throw cause;
      throw this.#error(name, cause.message, cause);
    }
  }

  #number(name: string, key: string, entries: ReadonlyMap<string, string>): number | undefined {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value)) return value;
    throw this.#error(name, `the ${key} of its external data is "${text}", expected a number`);
  }

  #error(name: string, problem: string, cause?: FormatError): FormatError {
    return new FormatError(`Cannot read tensor "${name}" of "${this.#model.name}": ${problem}`, {
      file: this.#model.name,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
