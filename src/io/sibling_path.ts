import { FormatError } from "../errors.ts";

/**
 * Splits the path of a file beside a model into its names, and refuses every path that could lead
 * out of the model's folder.
 *
 * @param file The model, for the message.
 * @param relativePath The path as the model states it.
 * @throws {FormatError} If it is empty or absolute, or has `..`, a backslash, a drive or NUL in it.
 */
export function splitSiblingPath(file: string, relativePath: string): string[] {
  const names = relativePath.split("/");
  const problem = relativePath === ""
    ? "it is empty"
    : relativePath.includes("\0")
    ? "it contains a NUL character"
    : relativePath.includes("\\")
    ? "it contains a backslash"
    : names[0] === "" || /^[a-z][a-z0-9+.-]*:/i.test(relativePath)
    ? "it is absolute"
    : names.includes("..")
    ? `it contains ".."`
    : names.at(-1) === "" || names.at(-1) === "."
    ? "it names a folder"
    : undefined;
  if (problem !== undefined) {
    throw new FormatError(
      `Cannot open ${
        JSON.stringify(relativePath)
      } beside "${file}": ${problem}, expected a path below the file's folder`,
      { file, expected: "a path below the file's folder", found: relativePath },
    );
  }
  return names.filter((name) => name !== "" && name !== ".");
}
