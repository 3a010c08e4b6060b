import type { CliResult } from "./run_cli.ts";
import { ROOT } from "./serve_tree.ts";

/**
 * Runs command lines in one process of `cli_session.ts`, for it takes long to start one.
 *
 * @param commands The words of each command.
 * @param cwd The working directory.
 */
export async function runCliSession(
  commands: readonly (readonly string[])[],
  cwd: string,
): Promise<readonly CliResult[]> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--no-prompt", `${ROOT}tests/support/cli_session.ts`],
      JSON.stringify(commands),
    ],
    cwd,
    stdin: "null",
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
    new TextDecoder().decode(bytes).split("\0")
  );
  return commands.map((_, index) => {
    const [, text, code] = /^([^]*?)(\d+)$/.exec(stderr?.[index] ?? "") ?? [];
    return { code: Number(code), stdout: stdout?.[index] ?? "", stderr: text ?? "" };
  });
}
