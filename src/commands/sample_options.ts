import { FormatError } from "../errors.ts";
import { readInputList } from "../formats/mod.ts";
import type { Model } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { CommandContext } from "./command.ts";
import type { Option, OptionValues } from "./option.ts";
import { parseCount, requiredText } from "./shared_options.ts";

/** Options that say which calibration inputs are read. */
export const SAMPLE_OPTIONS: readonly Option[] = [
  {
    name: "input-list",
    aliases: ["l"],
    kind: "text",
    value: "FILE",
    description: "Calibration inputs: lines of raw float32 files in the network's input layout.",
    group: "Input",
  },
  {
    name: "use-native-input-files",
    kind: "flag",
    description: "Raw files are in the inputs' own types.",
    group: "Input",
  },
  {
    name: "skip",
    kind: "text",
    value: "N",
    default: "0",
    description: "Leaves out the first N samples of the list.",
    group: "Input",
  },
  {
    name: "count",
    kind: "text",
    value: "N",
    default: "all",
    description: "Takes at most N samples of the list.",
    group: "Input",
  },
];

/**
 * Reads the samples that {@linkcode SAMPLE_OPTIONS} name.
 *
 * @throws {UsageError} If there is no list.
 * @throws {FormatError} If the list is bad or no sample is left.
 */
export async function readSamples(
  values: OptionValues,
  { inputs }: Model,
  context: CommandContext,
): Promise<SampleSource> {
  const path = requiredText(values, "input-list");
  const skip = parseCount(values, "skip") ?? 0;
  const count = parseCount(values, "count") ?? Infinity;
  const list = await readInputList(path, inputs, {
    nativeTypes: values.flag("use-native-input-files"),
    signal: context.signal,
  });
  const length = Math.max(0, Math.min(list.length - skip, count));
  if (length === 0) {
    throw new FormatError(
      `Cannot calibrate with "${path}": no sample of its ${list.length} is left by --skip and --count`,
      { file: path },
    );
  }
  return { length, read: (index, options) => list.read(skip + index, options) };
}
