import { FormatError, UnsupportedError } from "../../errors.ts";
import type { ModelEncodings } from "../../graph/mod.ts";
import { type ByteSource, readJson } from "../../io/mod.ts";
import type { EncodingsSection, SectionContext } from "./encodings_section.ts";
import { JsonEntry, nameOf } from "./json_entry.ts";
import { parseEntries } from "./parse_entries.ts";
import { parseListSection } from "./parse_list_section.ts";
import { parseMapSection } from "./parse_map_section.ts";

/** What an encodings file says. */
export interface EncodingsFile extends ModelEncodings {
  /** The version the file states; `"0.4.0"` if it states none. */
  readonly version: string;
  /** Sentences about what is taken otherwise than it stands in the file. */
  readonly notices: readonly string[];
}

/** Parses one section of a file. */
type SectionParser = (value: unknown, context: SectionContext) => EncodingsSection;

const NO_ENTRIES: EncodingsSection = { encodings: new Map(), types: new Map() };
/** More encodings than any network has tensors and channels. */
const MAX_ENCODINGS = 500_000;

/**
 * Reads AIMET's encodings JSON, versions 0.4 to 2.1. Offsets of either sign become ours (negative
 * or zero). Minimum and maximum are kept as the file has them; quantizing decides on the grid by
 * them. A tensor with several encodings may have no axis here: the layer that uses it gives it; an
 * axis of version 2 may be negative, counted from the last one.
 *
 * Version 2 does not tell activations from parameters: all its entries are among the activations.
 * Quantizing goes by name.
 *
 * @param source The file.
 * @param options The abort signal.
 * @throws {FormatError} If it is no such file, or numbers are missing or impossible.
 * @throws {UnsupportedError} If it is of a newer version, or has block-wise encodings.
 */
export async function readEncodings(
  source: ByteSource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<EncodingsFile> {
  const file = source.name;
  const root = new JsonEntry(
    await readJson(source, { what: "encodings", maxObjects: MAX_ENCODINGS, ...options }),
    {
      file,
      place: "the document",
    },
  );
  const version = versionOf(root, file);
  const notices: string[] = [];
  let counted = 0;
  const read = (
    section: string,
    { parseSection, expected }: { readonly parseSection: SectionParser; readonly expected: string },
  ): EncodingsSection => {
    const value = root.member(section);
    if (value === undefined) throw root.error(`has no "${section}"`, expected);
    return parseSection(value, {
      file,
      section,
      notice: (sentence) => notices.push(sentence),
      count: (encodings) => {
        counted += encodings;
        if (counted > MAX_ENCODINGS) {
          throw new FormatError(
            `Cannot read encodings "${file}": more than ${MAX_ENCODINGS} encodings`,
            { file, expected: `at most ${MAX_ENCODINGS} encodings` },
          );
        }
      },
    });
  };
  const legacy = {
    parseSection: version.startsWith("0.") ? parseMapSection : parseListSection,
    expected: "both activation_encodings and param_encodings",
  };
  const isUnited = version.startsWith("2.");
  const activations = isUnited
    ? read("encodings", { parseSection: parseEntries, expected: "a list of encodings" })
    : read("activation_encodings", legacy);
  const parameters = isUnited ? NO_ENTRIES : read("param_encodings", legacy);
  return {
    version,
    notices,
    activations: activations.encodings,
    parameters: parameters.encodings,
    ...(activations.types.size + parameters.types.size === 0
      ? {}
      : { types: { activations: activations.types, parameters: parameters.types } }),
  };
}

/** The version of the file; without one it is an old file. */
function versionOf(root: JsonEntry, file: string): string {
  const version = root.member("version");
  if (version === undefined) return "0.4.0";
  if (typeof version !== "string" || !/^\d{1,4}(\.\d{1,4}){1,2}$/.test(version)) {
    throw root.error(`has version ${nameOf(version)}`, 'a version such as "0.6.1"');
  }
  if (/^(0\.\d+|1\.0|2\.[01])(\.|$)/.test(version)) return version;
  throw new UnsupportedError(
    `Cannot read encodings "${file}" of version ${version}: versions 0.4 to 1.0 and 2.0 to 2.1 ` +
      "are supported",
  );
}
