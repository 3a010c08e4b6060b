import { writeTextAtomically } from "../io/mod.ts";
import { calibrate } from "../quantize/mod.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import {
  ACTIVATION_MODE_LISTS,
  ACTIVATION_MODE_OPTIONS,
  activationModeOptions,
} from "./mode_options.ts";
import type { OptionValues } from "./option.ts";
import { readSamples, SAMPLE_OPTIONS } from "./sample_options.ts";
import {
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  INPUT_DLC_OPTION,
  onePositional,
  SEPARATE_ACTIVATIONS_OPTION,
  withEnding,
} from "./shared_options.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-dlc");
  const named = values.text("output-path") ?? withEnding(path, "_ranges.json");
  const output = await checkOutput(named, { values });
  await using model = await openForCommand(path, values, context);
  const samples = await readSamples(values, model, context);
  const { activationMethod: method } = activationModeOptions(values);
  const calibration = await calibrate(model, samples, {
    ...(method === undefined ? {} : { method }),
    ...executeOptions(values, context),
    separateActivations: values.flag("separate-activations"),
    onProgress: ({ layer, layers, sample, samples: total }) =>
      context.progress.report(
        layer >= layers
          ? { stage: "calibrate", done: sample, total, unit: "samples" }
          : { stage: "calibrate", done: layer, total: layers, unit: "layers" },
      ),
  });
  await writeTextAtomically(output, `${JSON.stringify(calibration)}\n`);
  context.print(
    `Wrote ${output}: ${calibration.observers.size} activations over ${samples.length} samples`,
  );
}

/** The schema is chosen when encodings are computed: what is seen is the same for all. */
const RANGE_OPTIONS = ACTIVATION_MODE_OPTIONS.filter(({ name }) => name !== "act-quantizer-schema");

/** `calibrate`: what activations are over some samples, for `quantize --ranges`. */
export const CALIBRATE: Command = {
  name: "calibrate",
  summary: "Observes activations over calibration inputs and writes what was seen.",
  positionals: ["MODEL"],
  permissions: "--allow-read --allow-write --allow-env --allow-ffi",
  examples: [
    ["Writes ranges.json", "calibrate model.dlc --input-list list.txt -o ranges.json"],
    [
      "The second third of a list, in a process of its own",
      "calibrate model.dlc -l list.txt --skip 100 --count 100 -o b.json",
    ],
    ["Quantizes with what was seen", "quantize model.dlc --ranges ranges.json"],
  ],
  options: [
    INPUT_DLC_OPTION,
    ...SAMPLE_OPTIONS,
    ...OPEN_OPTIONS,
    SEPARATE_ACTIVATIONS_OPTION,
    ...RANGE_OPTIONS,
    {
      name: "output-path",
      aliases: ["o"],
      kind: "text",
      value: "FILE",
      default: "MODEL with the ending _ranges.json",
      description: "The file of what was seen, a small JSON.",
      group: "Output",
    },
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  lists: ACTIVATION_MODE_LISTS,
  run,
};
