import { openSource, writeTextAtomically } from "../io/mod.ts";
import { type Calibration, readCalibration } from "../quantize/mod.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import type { OptionValues } from "./option.ts";
import { GENERAL_OPTIONS, requiredText } from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const output = await checkOutput(requiredText(values, "output-path"));
  const [first, ...others] = values.positionals;
  if (first === undefined || others.length === 0) {
    throw new UsageError("Two or more files of calibrate are expected, see --help");
  }
  const merged = await open(first, context);
  for (const path of others) {
    const other = await open(path, context);
    try {
      merged.merge(other);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const why = cause.message.replace(/^Cannot merge \w+: /, "");
      throw new RangeError(`Cannot merge "${path}" into "${first}": ${why}`, { cause });
    }
  }
  await writeTextAtomically(output, `${JSON.stringify(merged)}\n`);
  context.print(
    `Wrote ${output}: ${merged.observers.size} activations over ${merged.samples} samples`,
  );
}

async function open(path: string, { signal }: CommandContext): Promise<Calibration> {
  await using source = await openSource(path, { signal });
  return await readCalibration(source, { signal });
}

/** `merge`: files of `calibrate` to the one of all samples. */
export const MERGE: Command = {
  name: "merge",
  summary: "Merges files of calibrate into the one that all samples would have given.",
  positionals: ["FILE", "FILE…"],
  permissions: "--allow-read --allow-write",
  examples: [
    ["Two halves of a calibration", "merge a.json b.json -o ranges.json"],
    ["Adds more samples to what was seen", "merge ranges.json new.json -o ranges.json"],
    ["Quantizes with what was seen", "quantize model.dlc --ranges ranges.json"],
  ],
  options: [
    {
      name: "output-path",
      aliases: ["o"],
      kind: "text",
      value: "FILE",
      description: "The merged file.",
      group: "Output",
    },
    ...GENERAL_OPTIONS,
  ],
  run,
};
