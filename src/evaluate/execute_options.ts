import type { ExecuteOptions } from "../execute/mod.ts";

/** Those of an operation's options that a run of the network takes. */
export function executeOptions(
  { engine, memoryLimit, tempDirectory, signal }: Omit<ExecuteOptions, "onProgress">,
): Omit<ExecuteOptions, "onProgress"> {
  return {
    ...(engine === undefined ? {} : { engine }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
    ...(signal === undefined ? {} : { signal }),
  };
}
