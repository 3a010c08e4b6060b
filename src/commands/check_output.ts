import { explainOutputErrors, OutputError } from "../io/mod.ts";
import { dirname } from "../std/path.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Finds out before long work what would stop its output in the end.
 *
 * @param output Where a command will write.
 * @param input The file it reads, which it must not replace.
 * @returns The output.
 * @throws {UsageError} If both are the same file.
 * @throws {OutputError} If the output's folder does not exist, or the output is a folder.
 */
export async function checkOutput(output: string, input?: string): Promise<string> {
  const folder = await explainOutputErrors(output, () => Deno.stat(dirname(output)));
  if (!folder.isDirectory) throw new OutputError(output, "its folder does not exist");
  const there = await identify(output);
  if (there === undefined) return output;
  if (input !== undefined && there === await identify(input)) {
    throw new UsageError(`Cannot write "${output}": it is the input, name another output`);
  }
  if ((await Deno.stat(there)).isDirectory) throw new OutputError(output, "it is a folder");
  return output;
}

/** What tells a file from all others; `undefined` for what does not exist, such as a URL. */
async function identify(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}
