/** Hands out names that nobody else has. */
export class UniqueNames {
  readonly #taken: Set<string>;

  /** Starts with the names that are taken already. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** Takes `name`, or `name_1`, `name_2`, … if it is taken. */
  take(name: string): string {
    let candidate = name;
    for (let i = 1; this.#taken.has(candidate); i++) candidate = `${name}_${i}`;
    this.#taken.add(candidate);
    return candidate;
  }
}
