import { FormatError } from "../../errors.ts";

/** A JSON object and where it stands, so that errors can say so. */
export class JsonEntry {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #place: string;
  readonly #file: string;

  /**
   * Checks that a value is an object.
   *
   * @param value Parsed JSON.
   * @param where The file, and the place in it as messages name it.
   * @throws {FormatError} If it is something else.
   */
  constructor(value: unknown, where: { readonly file: string; readonly place: string }) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FormatError(
        `Cannot read encodings "${where.file}": ${where.place} is ${nameOf(value)}, ` +
          "expected an object",
        { file: where.file, expected: "an object", found: nameOf(value) },
      );
    }
    this.#members = value as Readonly<Record<string, unknown>>;
    this.#place = where.place;
    this.#file = where.file;
  }

  /** An error about a member of this object, or about the object. */
  error(problem: string, expected: string): FormatError {
    return new FormatError(
      `Cannot read encodings "${this.#file}": ${this.#place} ${problem}, expected ${expected}`,
      { file: this.#file, expected, found: problem },
    );
  }

  /** A member as it is; `undefined` if there is none or it is `null`. */
  member(key: string): unknown {
    return Object.hasOwn(this.#members, key) ? this.#members[key] ?? undefined : undefined;
  }

  /** A finite number, or `undefined` if there is none. */
  number(key: string): number | undefined {
    const value = this.member(key);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw this.error(`has ${key} ${nameOf(value)}`, "a finite number");
    }
    return value;
  }

  /** A list of finite numbers, or `undefined` if there is none; a single number is a list of one. */
  numbers(key: string): readonly number[] | undefined {
    const value = this.member(key);
    if (!Array.isArray(value)) {
      const single = this.number(key);
      return single === undefined ? undefined : [single];
    }
    for (const element of value) {
      if (typeof element !== "number" || !Number.isFinite(element)) {
        throw this.error(`has ${nameOf(element)} in ${key}`, "finite numbers");
      }
    }
    return value;
  }

  /** A boolean; older files write the words "True" and "False". */
  flag(key: string): boolean {
    const value = this.member(key);
    if (value === undefined || typeof value === "boolean") return value ?? false;
    if (typeof value === "string" && /^(true|false)$/i.test(value)) {
      return value.toLowerCase() === "true";
    }
    throw this.error(`has ${key} ${nameOf(value)}`, '"True" or "False"');
  }

  /** One of some words in any case; the first one if there is none. */
  word<T extends string>(key: string, allowed: readonly [T, ...T[]]): T {
    const value = this.member(key);
    if (value === undefined) return allowed[0];
    const found = allowed.find((word) =>
      typeof value === "string" && word.toLowerCase() === value.toLowerCase()
    );
    if (found === undefined) {
      throw this.error(`has ${key} ${nameOf(value)}`, `one of ${allowed.join(", ")}`);
    }
    return found;
  }
}

/** A short word for any JSON value. */
export function nameOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  // JSON.stringify() knows no infinity, which is what a number such as 1e400 becomes.
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
