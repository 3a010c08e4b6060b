import { fromFileUrl } from "@std/path";

/** A script of `tools/` that makes references with another program's Python package. */
export interface ReferenceScript {
  /** The script's name. */
  readonly file: string;
  /** The module that it needs. */
  readonly module: string;
  /** The environment variable that names a Python with it; without, `python3` is asked. */
  readonly variable: string;
  /** How a Python gets the module. */
  readonly install: string;
}

/**
 * Runs a script.
 *
 * @param script Which.
 * @param folder Where it shall write, its only argument.
 * @returns `undefined` if it did; else why not, and whether the Python is there.
 */
export async function runScript(
  { file, module, variable, install }: ReferenceScript,
  folder: string,
): Promise<{ readonly problem: string; readonly verdict: "failed" | "noted" } | undefined> {
  const python = Deno.env.get(variable) ?? "python3";
  if (!await succeeds(python, ["-c", `import ${module}`])) {
    const problem = `${python} has no ${module}: ${install}, and set ${variable} to that Python`;
    return { problem, verdict: "noted" };
  }
  const path = fromFileUrl(new URL(`../${file}`, import.meta.url));
  if (await succeeds(python, [path, folder])) return undefined;
  return { problem: `${file} fails`, verdict: "failed" };
}

async function succeeds(python: string, args: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(python, {
      args: [...args],
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
