/** The measured parts of a page, by name. */
export type PageSections = Map<string, string>;

/** A comment that tells readers nothing, and the next run what follows. */
const MARK = /^<!-- measured: (.+) -->$/m;
const END = "<!-- end -->";

/** Finds the measured parts in a page that was made before. */
export function readSections(page: string): PageSections {
  const [, ...parts] = page.split(MARK);
  const sections: PageSections = new Map();
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [text = ""] = (parts[index + 1] ?? "").split(END);
    sections.set(parts[index] ?? "", text.trim());
  }
  return sections;
}

/** Writes a measured part so that {@linkcode readSections} finds it. */
export function formatSection(name: string, text: string): string {
  return `<!-- measured: ${name} -->\n\n${text}\n\n${END}`;
}
