import { fromFileUrl, join } from "../../std/path.ts";

/** The file of a SavedModel's folder that holds its graphs. */
const SAVED_MODEL_FILE = "saved_model.pb";

/**
 * The file to open for a model that may be the folder of a SavedModel.
 *
 * @param input A path or URL.
 * @returns The `saved_model.pb` in it, or the input itself if that is no folder.
 */
export async function savedModelFile(input: string | URL): Promise<string | URL> {
  const text = input.toString();
  if (/^https?:/i.test(text)) return input;
  const path = /^file:/i.test(text) ? fromFileUrl(new URL(text)) : text;
  try {
    if ((await Deno.stat(path)).isDirectory) return join(path, SAVED_MODEL_FILE);
  } catch {
    // Opening it says what is wrong.
  }
  return input;
}
