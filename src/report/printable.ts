/**
 * Writes control characters as JSON does, such as `\u001b`: names come from files and must not steer
 * a terminal. Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[^\P{Cc}\n\t]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
