import { FormatError } from "../../errors.ts";
import type { ValueInfo } from "../../graph/mod.ts";
import { type ByteSource, openSource } from "../../io/mod.ts";
import { resolve } from "../../std/path.ts";
import { rawByteLength, type RawTensorOptions } from "./raw_tensor.ts";

/** A file that a list names for an input. */
export interface ListedFile {
  /** Name of the list. */
  readonly list: string;
  /** Line in the list, from 1. */
  readonly line: number;
  /** The path as it stands there. */
  readonly path: string;
  /** The network's input. */
  readonly input: ValueInfo;
}

/** Options for {@linkcode openRawFile}. */
export interface OpenRawFileOptions extends RawTensorOptions {
  /** Where relative paths start; the working directory by default. */
  readonly workingDirectory?: string;
}

/**
 * Opens a raw file and checks its size.
 *
 * @throws {FormatError} If it is missing or has another size; the message names the line.
 */
export async function openRawFile(
  listed: ListedFile,
  options: OpenRawFileOptions = {},
): Promise<ByteSource> {
  const { list, line, path, input } = listed;
  const start = `Cannot read input list "${list}": line ${line} names "${path}"`;
  const { workingDirectory } = options;
  let source: ByteSource;
  try {
    source = await openSource(
      workingDirectory === undefined ? resolve(path) : resolve(workingDirectory, path),
      { name: path },
    );
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const place = workingDirectory === undefined ? resolve(path) : resolve(workingDirectory, path);
    throw new FormatError(
      `${start}, taken as "${place}": ${cause.message.replace(/^Cannot open "[^"]*": /, "")}`,
      { file: path, cause },
    );
  }
  const expected = rawByteLength(input, options);
  if (source.byteLength === expected) return source;
  const found = source.byteLength;
  await source[Symbol.asyncDispose]();
  throw new FormatError(
    `${start}, which has ${found} bytes, expected ${expected}: input "${input.name}" is ` +
      `${options.nativeTypes ? input.dtype : "float32"} [${input.shape}]` +
      hint(found, listed, options),
    { file: path, expected: `${expected} bytes`, found: `${found} bytes` },
  );
}

function hint(found: number, { input }: ListedFile, options: OpenRawFileOptions): string {
  const expected = rawByteLength(input, options);
  if (!options.nativeTypes && found === rawByteLength(input, { nativeTypes: true })) {
    return `; it would fit the input's own type, ${input.dtype}`;
  }
  if (found > 0 && found % expected === 0) {
    return `; it holds ${found / expected} samples, one a file is supported`;
  }
  return "";
}
