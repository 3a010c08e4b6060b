import { FormatError } from "../errors.ts";

/** The longest piece of a bad state that a message quotes. */
const MAX_QUOTED = 80;

/**
 * Checks that a state has no members but the known ones.
 *
 * @param state Parsed JSON.
 * @param what What is restored, for the message.
 * @param known The names of its members.
 * @throws {FormatError} If it has another one.
 */
export function checkMembers(
  state: object,
  { what, known }: { readonly what: string; readonly known: readonly string[] },
): void {
  const other = Object.keys(state).find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new FormatError(
    `Cannot restore ${what}: found member ${quote(other)}, expected ${known.join(", ")}`,
  );
}

/** A piece of a state as JSON, cut where it gets long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}
