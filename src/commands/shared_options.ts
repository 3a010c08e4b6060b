import type { ExecuteOptions } from "../execute/mod.ts";
import { parseByteSize } from "../io/mod.ts";
import { basename } from "../std/path.ts";
import type { CommandContext } from "./command.ts";
import type { Option, OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** What every command takes. */
export const GENERAL_OPTIONS: readonly Option[] = [
  { name: "help", aliases: ["h"], kind: "flag", description: "Shows this page.", group: "General" },
  {
    name: "verbose",
    kind: "flag",
    description: "Shows where in the program an error came from.",
    group: "General",
  },
  { name: "quiet", kind: "flag", description: "Shows no progress.", group: "General" },
];

/** Prints one JSON document instead of text. */
export const JSON_OPTION: Option = {
  name: "json",
  kind: "flag",
  description: "Prints one JSON document on stdout instead of text.",
  group: "Output",
};

/** The model as SNPE's tools for DLC files name it, beside the positional argument. */
export const INPUT_DLC_OPTION: Option = {
  name: "input-dlc",
  aliases: ["i"],
  kind: "text",
  value: "FILE",
  description: "The model file, as SNPE spells it.",
  group: "Input",
};

/** What commands take that run the network. */
export const EXECUTE_OPTIONS: readonly Option[] = [
  {
    name: "engine",
    kind: "text",
    value: "ENGINE",
    choices: ["auto", "native", "wasm"],
    default: "auto",
    description: "What computes: ONNX Runtime native (needs --allow-ffi) or WebAssembly.",
    group: "Execution",
  },
  {
    name: "memory-limit",
    kind: "text",
    value: "SIZE",
    default: "512MiB",
    description: "Bytes for chunks, weights at work, activations and buffers.",
    group: "Execution",
  },
  {
    name: "temp-dir",
    kind: "text",
    value: "DIR",
    default: "the system's",
    description: "Folder for activations that do not fit the memory limit.",
    group: "Execution",
  },
];

/** Where encodings of activations sit. */
export const SEPARATE_ACTIVATIONS_OPTION: Option = {
  name: "separate-activations",
  kind: "flag",
  description: "Gives a layer and the activation function behind it an encoding each.",
  group: "Quantization",
};

/** The container version of what is written. */
export const DLC_VERSION_OPTION: Option = {
  name: "dlc-version",
  kind: "text",
  value: "VERSION",
  choices: ["auto", "3", "4"],
  default: "auto",
  description: "DLC container: 3 (SNPE 1.x), 4 (4.1, QAIRT), or 3 where the model fits it.",
  group: "Output",
};

/** Reads {@linkcode EXECUTE_OPTIONS} and adds the abort signal. */
export function executeOptions(
  values: OptionValues,
  context: CommandContext,
): ExecuteOptions & { readonly signal: AbortSignal; readonly memoryLimit?: number } {
  const engine = values.text("engine");
  const limit = values.text("memory-limit");
  const tempDirectory = values.text("temp-dir");
  return {
    signal: context.signal,
    ...(engine === "native" || engine === "wasm" ? { engine } : {}),
    ...(limit === undefined ? {} : { memoryLimit: parseByteSize(limit) }),
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
  };
}

/** Reads the value of `--dlc-version`. */
export function dlcVersion(values: OptionValues): "auto" | "3" | "4" {
  const version = values.text("dlc-version");
  return version === "3" || version === "4" ? version : "auto";
}

/**
 * The only positional argument of a command.
 *
 * @throws {UsageError} If there is none or more than one.
 */
export function onePositional(values: OptionValues, what: string, alias?: string): string {
  // Behind an option that names the file, every other word is one too many.
  const words = [alias === undefined ? [] : values.text(alias) ?? [], values.positionals].flat();
  const [first, second] = words;
  if (first === undefined) throw new UsageError(`The ${what} is missing, see --help`);
  if (second !== undefined) throw new UsageError(`Unexpected argument "${second}", see --help`);
  return first;
}

/**
 * The value of an option that must be given.
 *
 * @throws {UsageError} If it is missing.
 */
export function requiredText(values: OptionValues, name: string): string {
  const value = values.text(name);
  if (value === undefined) throw new UsageError(`Option --${name} is missing, see --help`);
  return value;
}

/**
 * Reads `1,3,224,224`.
 *
 * @throws {UsageError} If it is no list of positive integers.
 */
export function parseDimensions(name: string, text: string): number[] {
  const dimensions = text.split(/[,x]/).map(Number);
  if (dimensions.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 1)) {
    throw new UsageError(
      `Dimensions "${text}" of "${name}" are not understood: expected a list such as 1,3,224,224`,
    );
  }
  return dimensions;
}

/** Replaces a path's ending, `model.onnx` to `model.dlc`; the name alone of what lies elsewhere. */
export function withEnding(path: string, ending: string): string {
  const isRemote = /^https?:\/\//i.test(path);
  const local = isRemote ? basename(new URL(path).pathname) || "model" : path;
  return local.replace(/[/\\]+$/, "").replace(/\.[^./\\]*$/, "") + ending;
}

/**
 * The value of an option that takes a number of things.
 *
 * @throws {UsageError} If it is no integer from 0.
 */
export function parseCount(values: OptionValues, name: string): number | undefined {
  const text = values.text(name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new UsageError(`Option --${name} does not take "${text}": expected an integer from 0`);
  }
  return Number(text);
}
