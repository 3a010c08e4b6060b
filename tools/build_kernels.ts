/**
 * Compiles `src/kernels/assembly` to `src/kernels/kernels.wasm`. With `--check` nothing is written:
 * it exits with 1 if the committed module differs from what its source gives.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import type { CompilerHost } from "./assemblyscript.d.ts";
import { main } from "./assemblyscript.ts";

const SOURCE = new URL("../src/kernels/assembly/", import.meta.url);
const MODULE = new URL("../src/kernels/kernels.wasm", import.meta.url);

/** 1 GiB of addresses; a page costs memory from its first use on. Fixed, so views never detach. */
const MEMORY_PAGES = "16384";

const COMPILER_ARGUMENTS = [
  "kernels.ts",
  "--outFile",
  "kernels.wasm",
  ...["-O3", "--noAssert"],
  ...["--enable", "simd"],
  ...["--runtime", "stub"],
  // Without abort the module imports nothing.
  ...["--use", "abort="],
  ...["--initialMemory", MEMORY_PAGES, "--maximumMemory", MEMORY_PAGES],
  // 112: functions that exchange vectors stay inside the module.
  ...["--disableWarning", "112"],
];

/** Compiles the kernels and returns the module's bytes. */
async function compileKernels(): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined;
  const host: CompilerHost = {
    async readFile(name) {
      // The compiler adds a suffix of its own to the full names that Deno wants in imports.
      const path = name.replace(/\.ts\.ts$/, ".ts");
      try {
        return await Deno.readTextFile(new URL(path, SOURCE));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
    writeFile(_name, contents) {
      if (contents instanceof Uint8Array) compiled = contents;
    },
    listFiles() {
      return null;
    },
  };
  const { error, stderr } = await main(COMPILER_ARGUMENTS, host);
  const remarks = stderr.toString();
  if (remarks !== "") console.error(remarks);
  if (error !== null || compiled === undefined) {
    console.error(`Cannot compile the kernels: ${error?.message ?? "no module came out"}`);
    Deno.exit(1);
  }
  return compiled;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

const built = await compileKernels();
if (Deno.args.includes("--check")) {
  const committed = await Deno.readFile(MODULE);
  if (!equalBytes(built, committed)) {
    console.error(
      'Cannot confirm "src/kernels/kernels.wasm": its source compiles to other bytes ' +
        `(${built.length}, committed are ${committed.length}); run "deno task kernels"`,
    );
    Deno.exit(1);
  }
  console.log(`src/kernels/kernels.wasm equals its source: ${built.length} bytes`);
} else {
  await Deno.writeFile(MODULE, built);
  console.log(`src/kernels/kernels.wasm: ${built.length} bytes`);
}
