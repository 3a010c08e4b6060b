import { ROOT } from "./serve_tree.ts";

/** What a run of the command line gave. */
export interface CliResult {
  /** Exit code. */
  readonly code: number;
  /** Results. */
  readonly stdout: string;
  /** Messages. */
  readonly stderr: string;
}

/** Options for {@linkcode runCli}. */
export interface RunCliOptions {
  /** Deno's permission flags; all by default. */
  readonly permissions?: readonly string[];
  /** Working directory. */
  readonly cwd?: string;
  /** Ends a process that hangs. */
  readonly signal?: AbortSignal;
}

/** Runs `cli.ts` in a process of its own, as a user does. */
export async function runCli(
  words: readonly string[],
  { permissions = ["-A"], cwd = ROOT, signal }: RunCliOptions = {},
): Promise<CliResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, `${ROOT}cli.ts`, ...words],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    ...(signal === undefined ? {} : { signal }),
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}
