import { writeAimetEncodings, writeOnnx } from "../formats/mod.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import {
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  INPUT_DLC_OPTION,
  onePositional,
  requiredText,
} from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-dlc");
  const format = requiredText(values, "format");
  const output = await checkOutput(requiredText(values, "output-path"), { values });
  const version = values.text("encodings-version");
  if (version !== undefined && format !== "encodings") {
    throw new UsageError("Option --encodings-version goes with --format encodings only");
  }
  await using model = await openForCommand(path, values, context);
  if (format === "onnx") {
    await writeOnnx(model, output, {
      ...executeOptions(values, context),
      onProgress: ({ done, total }) =>
        context.progress.report({ stage: "export", done, total, unit: "bytes" }),
    });
  } else {
    if (model.encodings.activations.size + model.encodings.parameters.size === 0) {
      throw new UsageError(
        `Cannot export encodings of "${path}": it is a float model, quantize it`,
      );
    }
    await writeAimetEncodings(model, output, {
      version: version === "1.0.0" || version === "2.0.0" ? version : "0.6.1",
    });
  }
  context.tell(`Wrote ${output}`);
}

/** `export`: the quantized network as ONNX, or its encodings as JSON. */
export const EXPORT: Command = {
  name: "export",
  summary: "Writes a model as ONNX with QDQ nodes, or its encodings as AIMET JSON.",
  positionals: ["FILE"],
  permissions: "--allow-read --allow-write",
  examples: [
    ["Runs in ONNX Runtime", "export model_quantized.dlc --format onnx -o model_qdq.onnx"],
    [
      "Ranges for --quantization_overrides",
      "export model_quantized.dlc --format encodings -o e.json",
    ],
    [
      "The newer JSON",
      "export m_quantized.dlc --format encodings --encodings-version 2.0.0 -o e.json",
    ],
  ],
  options: [
    INPUT_DLC_OPTION,
    ...OPEN_OPTIONS,
    {
      name: "format",
      kind: "text",
      value: "FORMAT",
      choices: ["onnx", "encodings"],
      description: "What to write.",
      group: "Output",
    },
    {
      name: "output-path",
      aliases: ["o"],
      kind: "text",
      value: "FILE",
      description: "Where to write.",
      group: "Output",
    },
    {
      name: "encodings-version",
      kind: "text",
      value: "VERSION",
      choices: ["0.6.1", "1.0.0", "2.0.0"],
      default: "0.6.1",
      description: "Version of the AIMET JSON.",
      group: "Output",
    },
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  run,
};
