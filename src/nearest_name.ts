import { levenshteinDistance } from "./std/text.ts";

/** Longer names are not compared: nobody writes them by hand. */
const MAX_LENGTH = 256;
/** A name is compared with so many of about its length. */
const MAX_COMPARED = 10_000;

/**
 * Finds the name that a misspelled one was meant to be: the nearest, if at most a third of the
 * letters differ, rounded up. Small and capital letters are alike.
 *
 * @param name What was written.
 * @param candidates The names that there are.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const word = name.toLowerCase();
  let nearest: string | undefined;
  let limit = Math.ceil(name.length / 3);
  let compared = 0;
  for (const candidate of candidates) {
    if (candidate === "" || Math.abs(candidate.length - name.length) > limit) continue;
    if (limit < 0 || compared++ === MAX_COMPARED) break;
    const distance = levenshteinDistance(word, candidate.toLowerCase());
    if (distance > limit) continue;
    nearest = candidate;
    limit = distance - 1;
  }
  return nearest;
}

/**
 * The end of a sentence that offers the {@linkcode nearestName}; empty if there is none.
 *
 * @param name What was written.
 * @param candidates The names that there are.
 * @param lead What stands in front of the name.
 */
export function suggestName(
  name: string,
  candidates: Iterable<string>,
  lead = ", nearest is",
): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? "" : `${lead} "${nearest}"`;
}
