import { FormatError, UnsupportedError } from "../../errors.ts";
import type { ModelEncodings } from "../../graph/mod.ts";
import { type ByteSource, readJson } from "../../io/mod.ts";
import type { EncodingsSection } from "./encodings_section.ts";
import { JsonEntry, nameOf } from "./json_entry.ts";
import { parseListSection } from "./parse_list_section.ts";
import { parseMapSection } from "./parse_map_section.ts";

/** What an encodings file says. */
export interface EncodingsFile extends ModelEncodings {
  /** The version the file states; `"0.4.0"` if it states none. */
  readonly version: string;
  /** Sentences about what is taken otherwise than it stands in the file. */
  readonly notices: readonly string[];
}

/** More encodings than any network has tensors and channels. */
const MAX_ENCODINGS = 1_000_000;

/**
 * Reads AIMET's encodings JSON, versions up to 1.0.0. Offsets of either sign become ours (negative
 * or zero). Minimum and maximum are kept as the file has them; quantizing decides on the grid by
 * them. A tensor with several encodings has no axis here: the layer that uses it gives it.
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
  const root = new JsonEntry(await readJson(source, { what: "encodings", ...options }), {
    file,
    place: "the document",
  });
  const version = versionOf(root, file);
  const parseSection = version.startsWith("0.") ? parseMapSection : parseListSection;

  const notices: string[] = [];
  let counted = 0;
  const read = (section: string): EncodingsSection => {
    const value = root.member(section);
    if (value === undefined) {
      throw root.error(`has no "${section}"`, "both activation_encodings and param_encodings");
    }
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
  const activations = read("activation_encodings");
  const parameters = read("param_encodings");
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
  if (/^0\.\d/.test(version) || /^1\.0(\.|$)/.test(version)) return version;
  throw new UnsupportedError(
    `Cannot read encodings "${file}" of version ${version}: versions up to 1.0.0 are supported`,
  );
}
