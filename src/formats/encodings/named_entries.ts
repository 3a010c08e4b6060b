import { FormatError } from "../../errors.ts";
import type { SectionContext } from "./encodings_section.ts";
import { JsonEntry, nameOf } from "./json_entry.ts";

/**
 * The entries of a section that is a list, each with the tensor it names.
 *
 * @throws {FormatError} If it is no list, or an entry has no name or that of another.
 */
export function* namedEntries(
  value: unknown,
  { file, section }: Pick<SectionContext, "file" | "section">,
): Generator<{ readonly name: string; readonly entry: JsonEntry }> {
  if (!Array.isArray(value)) {
    throw new FormatError(
      `Cannot read encodings "${file}": ${section} is ${nameOf(value)}, expected a list`,
      { file, expected: "a list", found: nameOf(value) },
    );
  }
  const names = new Set<string>();
  for (const [index, element] of value.entries()) {
    const unnamed = new JsonEntry(element, { file, place: `${section} entry ${index}` });
    const name = unnamed.member("name");
    if (typeof name !== "string" || name === "") {
      throw unnamed.error(`has name ${nameOf(name)}`, "the name of a tensor");
    }
    const entry = new JsonEntry(element, { file, place: `${section} "${name}"` });
    if (names.has(name)) throw entry.error("appears twice", "it once");
    names.add(name);
    yield { name, entry };
  }
}
