/** What running a program took. */
export interface ProcessFigures {
  /** From start to end. */
  readonly seconds: number;
  /** The most memory that it had resident, as the kernel counts it (`VmHWM`); Linux only. */
  readonly peakBytes: number;
  /** What it printed. */
  readonly output: string;
}

const POLL_MILLISECONDS = 5;

/**
 * Runs a program to its end and measures it.
 *
 * @param program The program; the shell is not asked.
 * @param args Its arguments.
 * @throws {Error} If it fails; the message has what it printed on stderr.
 */
export async function measureProcess(
  program: string,
  args: readonly string[],
): Promise<ProcessFigures> {
  const start = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let peakBytes = 0;
  const poll = setInterval(() => {
    peakBytes = Math.max(peakBytes, highWaterMark(child.pid));
  }, POLL_MILLISECONDS);
  try {
    const { code, stdout, stderr } = await child.output();
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) {
      throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    }
    return { seconds, peakBytes, output: new TextDecoder().decode(stdout) };
  } finally {
    clearInterval(poll);
  }
}

/** The mark only rises, so the last look at it is what counts; 0 once the process has ended. */
function highWaterMark(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return 1024 * Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The middle one of some numbers, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? NaN;
  return (lower + upper) / 2;
}
