import { FormatError } from "../errors.ts";
import type { ByteSource } from "./byte_source.ts";

/** Larger documents are none of ours; a million encodings of the wordiest kind take about 200 MiB. */
const MAX_FILE_BYTES = 256 * 2 ** 20;
/** The deepest document that is read nests eight levels. */
const MAX_DEPTH = 32;

/** Options for {@linkcode readJson}. */
export interface ReadJsonOptions {
  /** What the document is, for messages: `"encodings"`. */
  readonly what: string;
  /**
   * How many objects there may be; they are counted before any of them is made.
   *
   * @default {Infinity}
   */
  readonly maxObjects?: number;
  /** Ends the read early. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a JSON document of bounded size and depth.
 *
 * @param source The file.
 * @param options What it is, the abort signal.
 * @throws {FormatError} If it is larger than 256 MiB, nested deeper than 32 levels, no UTF-8, or no
 *   JSON.
 */
export async function readJson(source: ByteSource, options: ReadJsonOptions): Promise<unknown> {
  const { what, maxObjects = Infinity, ...read } = options;
  const file = source.name;
  if (source.byteLength > MAX_FILE_BYTES) {
    throw new FormatError(
      `Cannot read ${what} "${file}": it has ${source.byteLength} bytes, expected at most ` +
        `${MAX_FILE_BYTES}`,
      { file, expected: `at most ${MAX_FILE_BYTES} bytes`, found: String(source.byteLength) },
    );
  }
  const bytes = new Uint8Array(source.byteLength);
  await source.read(bytes, 0, read);
  const { deep, objects } = scan(bytes);
  if (deep !== undefined) {
    throw new FormatError(
      `Cannot read ${what} "${file}": nested deeper than ${MAX_DEPTH} levels at byte ${deep}`,
      { file, offset: deep, expected: `at most ${MAX_DEPTH} levels` },
    );
  }
  if (objects > maxObjects) {
    throw new FormatError(
      `Cannot read ${what} "${file}": it has ${objects} objects, expected at most ${maxObjects}`,
      { file, expected: `at most ${maxObjects} objects`, found: String(objects) },
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`Cannot read ${what} "${file}": it is not UTF-8 text`, { file, cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The engine's own message quotes the file; only its position is of use.
    const word = findWord(text);
    const position = word?.position ?? /at position (\d+)/.exec(String(cause))?.[1];
    throw new FormatError(
      `Cannot read ${what} "${file}": it is not JSON` +
        (position === undefined ? "" : ` from character ${position} on`) +
        (word === undefined ? "" : `: JSON has no ${word.text}`),
      { file, expected: "JSON", cause },
    );
  }
}

/** The first word that other writers have for a number which JSON cannot hold. */
function findWord(
  text: string,
): { readonly text: string; readonly position: number } | undefined {
  let quoted = false;
  for (let position = 0; position < text.length; position++) {
    const character = text[position];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === "\\") position++; // what follows is no end of the string
    else if (!quoted && (character === "N" || character === "I")) {
      const word = ["NaN", "Infinity"].find((name) => text.startsWith(name, position));
      if (word !== undefined) return { text: word, position };
    }
  }
  return undefined;
}

/** Counts objects, and finds the byte where brackets are open too deeply; strings do not count. */
function scan(bytes: Uint8Array): { readonly deep?: number; readonly objects: number } {
  let depth = 0;
  let objects = 0;
  let quoted = false;
  for (let offset = 0; offset < bytes.length; offset++) {
    const byte = bytes[offset];
    if (quoted) {
      if (byte === 0x5c) offset++; // a backslash: the next byte is no end of the string
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (byte === 0x7b) objects++;
      if (++depth > MAX_DEPTH) return { deep: offset, objects };
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return { objects };
}
