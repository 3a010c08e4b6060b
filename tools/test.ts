// deno-lint-ignore-file no-console
/**
 * Runs the tests and ends with the line `N passed, N failed`, taken from the counts of the run.
 *
 * Usage: `deno task test [FILES OR OPTIONS OF deno test …]`
 *
 * @module
 */

const SUMMARY = /(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/;
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[0-9;]*m/g;

const child = new Deno.Command(Deno.execPath(), {
  args: [
    "test",
    "-A",
    "--doc",
    ...(Deno.args.length > 0 ? Deno.args : ["mod.ts", "src", "tests", "README.md", "docs"]),
  ],
  stdout: "piped",
  stderr: "inherit",
}).spawn();

let tail = "";
for await (const chunk of child.stdout) {
  await writeAll(chunk);
  tail = (tail + new TextDecoder().decode(chunk)).slice(-4096);
}
const { code } = await child.status;
const counts = SUMMARY.exec(tail.replaceAll(COLOURS, ""));
if (counts === null) {
  console.error("Cannot count the tests: the run ended without a summary");
  Deno.exit(code === 0 ? 1 : code);
}
console.log(`${counts[1]} passed, ${counts[2]} failed`);
Deno.exit(code);

async function writeAll(chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += await Deno.stdout.write(chunk.subarray(written));
  }
}
