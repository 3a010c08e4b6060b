import { damaged, readRange, type SourceRange } from "./source_range.ts";

/** Real metadata has one or two kilobytes. */
const MAX_METADATA_BYTES = 2 ** 20;

/**
 * Reads a metadata member as text.
 *
 * @throws {FormatError} If it is too long or not UTF-8.
 */
export async function readMetadataText(member: SourceRange, name: string): Promise<string> {
  const { source, offset, byteLength } = member;
  if (byteLength > MAX_METADATA_BYTES) {
    throw damaged(source, offset, {
      what: `size of member "${name}"`,
      found: byteLength,
      expected: `at most ${MAX_METADATA_BYTES}`,
    });
  }
  const bytes = await readRange(member);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(source, offset, {
      what: `content of member "${name}"`,
      found: "bytes that are not UTF-8",
      expected: "text",
    });
  }
}

/**
 * Splits classic metadata at the first `=` of each line. A line without one continues the value
 * before it, as in a copyright of several lines.
 *
 * @returns Keys and values in the order of the text.
 */
export function parseMetadata(text: string): Map<string, string> {
  const metadata = new Map<string, string>();
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const end = line.indexOf("=");
    if (end > 0) {
      key = line.slice(0, end);
      metadata.set(key, line.slice(end + 1));
    } else if (key !== undefined && line !== "") {
      metadata.set(key, `${metadata.get(key)} ${line}`);
    }
  }
  return metadata;
}

/**
 * The text of classic metadata: lines in alphabetical order of the keys. The form has no line breaks
 * in values; each becomes a space.
 */
export function formatMetadata(metadata: ReadonlyMap<string, string>): string {
  return [...metadata]
    .toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([key, value]) => `${key}=${joinLines(value)}\n`)
    .join("");
}

function joinLines(value: string): string {
  return value.split(/[\r\n]+/).filter((line) => line !== "").join(" ");
}
