/**
 * Runs command lines one after the other in one process: `cli_session.ts JSON`, where the JSON is a
 * list of lists of words. The output of each ends in a NUL, on stderr behind the exit code; messages
 * never contain one. The word `FULL-DISK` in front lets writing fail as on a full disk.
 */
import { main } from "../../src/commands/mod.ts";

const { write } = Deno.FsFile.prototype;

function failToWrite(): Promise<number> {
  const error = new Error("No space left on device (os error 28)");
  return Promise.reject(Object.assign(error, { code: "ENOSPC" }));
}

function put(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  for (const words of JSON.parse(Deno.args[0] ?? "[]")) {
    const isFull = words[0] === "FULL-DISK";
    if (isFull) Deno.FsFile.prototype.write = failToWrite;
    const code = await main(isFull ? words.slice(1) : words);
    Deno.FsFile.prototype.write = write;
    put(Deno.stdout, "\0");
    put(Deno.stderr, `${code}\0`);
  }
}
