/** What the build needs of the AssemblyScript compiler; the package's own types do not load in Deno. */

/** How a compiler run ended. */
export interface CompilerResult {
  /** Why it failed; null if it did not. */
  readonly error: Error | null;
  /** What it has to say about the source. */
  readonly stderr: { toString(): string };
}

/** Where the compiler reads and writes. */
export interface CompilerHost {
  /** The text of a file, or null if there is none of that name. */
  readFile(name: string, baseDirectory: string): Promise<string | null>;
  /** Takes an output. */
  writeFile(name: string, contents: Uint8Array | string, baseDirectory: string): void;
  /** The names in a directory, or null if there is none. */
  listFiles(directory: string, baseDirectory: string): string[] | null;
}

/** Runs the compiler with command line arguments. */
export function main(arguments_: readonly string[], host: CompilerHost): Promise<CompilerResult>;
