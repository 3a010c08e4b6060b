import { FormatError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import { openSource } from "../io/mod.ts";
import { VERSION } from "../version.ts";
import type { CommandContext } from "./command.ts";
import type { OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** SNPE stores at most this much of `--model-version`. */
const MAX_MODEL_VERSION_BYTES = 64;
/** A copyright notice is a text, not a file of data. */
const MAX_COPYRIGHT_BYTES = 64 * 1024;

/** Adds the version, the copyright and the command that converts to a model's metadata. */
export async function writeMetadata(
  model: Model,
  values: OptionValues,
  context: CommandContext,
): Promise<Model> {
  const modelVersion = values.text("model-version");
  if (
    modelVersion !== undefined &&
    new TextEncoder().encode(modelVersion).length > MAX_MODEL_VERSION_BYTES
  ) {
    throw new UsageError(`Option --model-version takes at most ${MAX_MODEL_VERSION_BYTES} bytes`);
  }
  const file = values.text("copyright-file");
  const copyright = file === undefined ? undefined : await readCopyright(file);
  return {
    ...model,
    metadata: {
      ...model.metadata,
      converterCommand: context.commandLine,
      converterVersion: VERSION,
      ...(modelVersion === undefined ? {} : { modelVersion }),
      ...(copyright === undefined ? {} : { copyright }),
    },
  };
}

async function readCopyright(path: string): Promise<string> {
  await using source = await openSource(path);
  const { byteLength } = source;
  if (byteLength > MAX_COPYRIGHT_BYTES) {
    throw new FormatError(
      `Cannot read copyright "${path}": it has ${byteLength} bytes, expected at most ` +
        `${MAX_COPYRIGHT_BYTES}`,
      { file: path },
    );
  }
  const bytes = new Uint8Array(byteLength);
  await source.read(bytes, 0);
  return new TextDecoder().decode(bytes).trim();
}
