import { levenshteinDistance } from "../std/text.ts";

/** How many names are told one by one; a file may have a million. */
const MAX_TOLD = 20;
/** How many names are offered for one that matches nothing. */
const MAX_NEAREST = 3;
/** Comparing longer names takes too long, and nobody writes them by hand. */
const MAX_LENGTH = 200;

/**
 * Tells which overrides match no tensor, with the nearest names.
 *
 * @param names The names that match nothing.
 * @param known The names that there are.
 * @param tell Takes one sentence a name, and one for those that are too many.
 */
export function tellUnmatchedNames(
  names: readonly string[],
  known: readonly string[],
  tell: (notice: string) => void,
): void {
  for (const name of names.slice(0, MAX_TOLD)) {
    const nearest = nearestNames(name, known).map((word) => `"${word}"`).join(", ");
    tell(
      `The override of "${name}" matches no tensor` +
        (nearest === "" ? "" : `; the nearest names are ${nearest}`),
    );
  }
  if (names.length > MAX_TOLD) {
    tell(`${names.length - MAX_TOLD} more overrides match no tensor`);
  }
}

function nearestNames(name: string, known: readonly string[]): string[] {
  if (name.length > MAX_LENGTH) return [];
  return known
    .filter((word) => word.length <= MAX_LENGTH)
    .map((word) => ({ word, distance: distanceOf(name, word) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NEAREST)
    .map(({ word }) => word);
}

/** Letters of another case count less than other letters. */
function distanceOf(name: string, word: string): number {
  const cased = levenshteinDistance(name, word);
  return levenshteinDistance(name.toLowerCase(), word.toLowerCase()) + cased / (cased + 1);
}
