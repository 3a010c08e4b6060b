import { FormatError, UnsupportedError } from "../errors.ts";
import { modelToDlc, saveDlc } from "../formats/mod.ts";
import { foldBatchNorms, type Model } from "../graph/mod.ts";
import { checkOverrides } from "../quantize/mod.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import { describeModel, formatOverrides, type ModelDescription } from "./describe_model.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import { readOverridesFile } from "./read_overrides_file.ts";
import { reportWriting } from "./report_writing.ts";
import {
  DLC_VERSION_OPTION,
  dlcVersion,
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  JSON_OPTION,
  onePositional,
  withEnding,
} from "./shared_options.ts";
import { writeMetadata } from "./write_metadata.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  try {
    await convert(values, context);
  } catch (error) {
    const isProblem = error instanceof FormatError || error instanceof UnsupportedError;
    if (isProblem && values.flag("json")) {
      const { problems } = error;
      context.print(JSON.stringify({ problems, notices: context.notices }, null, 2));
    }
    throw error;
  }
}

async function convert(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-network");
  const fold = values.flag("disable-batchnorm-folding")
    ? (model: Model) => Promise.resolve(model)
    : foldBatchNorms;
  const version = dlcVersion(values);
  await using read = await openForCommand(path, values, {
    ...context,
    checkPart: async (part) => void await modelToDlc(await fold(part), { version }),
  });
  const opened = await fold(read);
  const overrides = values.text("quantization-overrides");
  const asked = overrides === undefined
    ? opened
    : { ...opened, overrides: await readOverridesFile(overrides, opened, context) };
  if (overrides !== undefined) checkOverrides(asked, { onNotice: context.notify });
  const model = await writeMetadata(asked, values, context);
  const named = values.text("output-path") ?? withEnding(path, ".dlc");
  const output = values.flag("dry-run") ? named : await checkOutput(named, { values });
  if (values.flag("dry-run")) await modelToDlc(model, { version });
  else {
    const document = await saveDlc(model, output, {
      ...executeOptions(values, context),
      version,
      onProgress: reportWriting(context),
    });
    context.tell(`Wrote ${output} (DLC ${document.version})`);
  }
  const description = describeModel(model);
  context.print(
    values.flag("json")
      ? JSON.stringify(
        {
          ...description,
          ...(values.flag("dry-run") ? {} : { output }),
          notices: context.notices,
        },
        null,
        2,
      )
      : summarize(description),
  );
}

function summarize(description: ModelDescription): string {
  const { layers, parameters, macs, inputs, outputs, overrides } = description;
  const shapes = (values: ModelDescription["inputs"]): string =>
    values.map(({ name, shape }) => `${name} [${shape}]`).join(", ");
  return `${layers.length} layers, ${parameters} parameters, ${macs} MACs; inputs ` +
    `${shapes(inputs)}; outputs ${shapes(outputs)}` +
    (overrides === undefined ? "" : `; encodings that came along: ${formatOverrides(overrides)}`);
}

/** `convert`: a trained network to a float DLC. */
export const CONVERT: Command = {
  name: "convert",
  summary: "Converts a trained network to a DLC file.",
  positionals: ["MODEL"],
  permissions: "--allow-read --allow-write",
  examples: [
    ["Writes model.dlc beside the model", "convert model.onnx"],
    ["Converts a Caffe network", "convert deploy.prototxt --caffe-bin weights.caffemodel"],
    ["Sets a shape and keeps one output", "convert m.onnx -d data 1,3,224,224 --out-node prob"],
    ["Only checks that the model converts", "convert model.onnx --dry-run"],
  ],
  options: [
    {
      name: "input-network",
      aliases: ["i", "c", "p", "caffe-txt", "predict-net", "graph"],
      kind: "text",
      value: "MODEL",
      description: "The model file, as SNPE spells it.",
      group: "Input",
    },
    ...OPEN_OPTIONS,
    {
      name: "quantization-overrides",
      kind: "text",
      value: "FILE",
      description: "Encodings in AIMET's JSON; stored in the DLC for quantizing.",
      group: "Input",
    },
    {
      name: "disable-batchnorm-folding",
      kind: "flag",
      description: "Leaves batch normalizations apart from the layers before them.",
      group: "Input",
    },
    {
      name: "output-path",
      aliases: ["o", "dlc"],
      kind: "text",
      value: "FILE",
      default: "MODEL with the ending .dlc",
      description: "The DLC file.",
      group: "Output",
    },
    DLC_VERSION_OPTION,
    {
      name: "model-version",
      kind: "text",
      value: "TEXT",
      description: "Version of the model, stored (at most 64 bytes).",
      group: "Output",
    },
    {
      name: "copyright-file",
      kind: "text",
      value: "FILE",
      description: "Text file whose content is stored as copyright.",
      group: "Output",
    },
    {
      name: "dry-run",
      kind: "flag",
      description: "Checks that the model converts and writes nothing.",
      group: "Output",
    },
    JSON_OPTION,
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  run,
};
