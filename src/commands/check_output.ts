import { explainOutputErrors, OutputError } from "../io/mod.ts";
import { basename, dirname, join } from "../std/path.ts";
import type { OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** Options that name files which commands read; `batch` may be the file of weights. */
const INPUT_OPTIONS = [
  "input-network",
  "input-dlc",
  "caffe-bin",
  "exec-net",
  "batch",
  "input-list",
  "ranges",
  "labels",
  "overrides",
  "quantization-overrides",
  "copyright-file",
] as const;

/**
 * Finds out before long work what would stop its output in the end.
 *
 * @param output Where a command will write.
 * @param values The command's words and options; what they name as inputs must not be replaced.
 * @param others The other files that it will write.
 * @returns The output.
 * @throws {UsageError} If the output is one of the inputs or of the other outputs.
 * @throws {OutputError} If the output's folder does not exist, or the output is a folder.
 */
export async function checkOutput(
  output: string,
  { values, others = [] }: {
    readonly values?: OptionValues;
    readonly others?: readonly string[];
  } = {},
): Promise<string> {
  const folder = await explainOutputErrors(output, () => Deno.stat(dirname(output)));
  if (!folder.isDirectory) throw new OutputError(output, "its folder does not exist");
  const place = await identifyOutput(output);
  for (const other of others) {
    if (place === await identifyOutput(other)) {
      throw new UsageError(`Cannot write "${output}": another output goes there, name two files`);
    }
  }
  const there = await identify(output);
  if (there === undefined) return output;
  for (const { path, what } of values === undefined ? [] : inputFiles(values)) {
    if (there === await identify(path)) {
      throw new UsageError(`Cannot write "${output}": it is ${what}, name another output`);
    }
  }
  if ((await Deno.stat(there)).isDirectory) throw new OutputError(output, "it is a folder");
  return output;
}

function inputFiles(
  values: OptionValues,
): readonly { readonly path: string; readonly what: string }[] {
  return [
    ...values.positionals.map((path) => ({ path, what: "the input" })),
    ...INPUT_OPTIONS.flatMap((name) =>
      [...values.list(name), values.text(name) ?? []].flat()
        .map((path) => ({ path, what: `the file of --${name}` }))
    ),
  ];
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

/** The same for a file that may not exist yet, in a folder that does. */
async function identifyOutput(path: string): Promise<string> {
  return await identify(path) ??
    join(await identify(dirname(path)) ?? dirname(path), basename(path));
}
