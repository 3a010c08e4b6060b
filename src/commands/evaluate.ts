import { FormatError } from "../errors.ts";
import { evaluateModel, type Evaluation, type Proportion } from "../evaluate/mod.ts";
import { imageSamples, listImages } from "../formats/mod.ts";
import { formatTable } from "../report/mod.ts";
import type { Command, CommandContext } from "./command.ts";
import { OPEN_OPTIONS, openForCommand, openReference } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import { imageInput, PHOTO_OPTIONS, photoLabels } from "./photo_options.ts";
import { PREPROCESS_OPTIONS, preprocessOptions } from "./preprocess_options.ts";
import {
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  JSON_OPTION,
  onePositional,
  parseCount,
  requiredText,
} from "./shared_options.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-dlc");
  const folder = requiredText(values, "images");
  const referencePath = values.text("reference");
  const output = values.text("output");
  await using files = new AsyncDisposableStack();
  const model = files.use(await openForCommand(path, values, context));
  const reference = referencePath === undefined
    ? undefined
    : files.use(await openReference(referencePath, values, context));
  const skip = parseCount(values, "skip") ?? 0;
  const paths = (await listImages(folder)).slice(
    skip,
    skip + (parseCount(values, "count") ?? Infinity),
  );
  if (paths.length === 0) {
    throw new FormatError(`Cannot evaluate on "${folder}": no photo is left after --skip ${skip}`);
  }
  const preprocessing = preprocessOptions(values);
  const labels = await photoLabels(values, folder, paths);
  const evaluation = await evaluateModel(
    model,
    imageSamples(paths, imageInput(model), preprocessing),
    {
      ...executeOptions(values, context),
      ...(labels === undefined ? {} : { labels }),
      ...(output === undefined ? {} : { output }),
      ...(reference === undefined ? {} : {
        reference,
        referenceSamples: imageSamples(paths, imageInput(reference), preprocessing),
      }),
      onProgress: ({ sample, samples }) =>
        context.progress.report({
          stage: "evaluate",
          done: sample,
          total: samples,
          unit: "photos",
        }),
    },
  );
  context.print(
    values.flag("json")
      ? JSON.stringify({ ...evaluation, notices: context.notices }, null, 2)
      : format(evaluation),
  );
}

function format(evaluation: Evaluation): string {
  const { top1, top5, referenceTop1, referenceTop5, agreement, sqnr } = evaluation;
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const row = (name: string, proportion: Proportion | undefined): string[][] =>
    proportion === undefined ? [] : [[
      name,
      percent(proportion.value),
      percent(1 - proportion.value),
      `${percent(proportion.low)} to ${percent(proportion.high)}`,
      `${proportion.count} of ${proportion.total}`,
    ]];
  const rows = [
    ...row("top-1", top1),
    ...row("top-5", top5),
    ...row("top-1 of the reference", referenceTop1),
    ...row("top-5 of the reference", referenceTop5),
    ...row("agreement with the reference", agreement),
  ];
  return [
    ...(rows.length === 0 ? [] : [formatTable([
      { name: "measure" },
      { name: "accuracy", align: "right" },
      { name: "error", align: "right" },
      { name: "95 % interval" },
      { name: "photos" },
    ], rows)]),
    ...(sqnr === undefined ? [] : [`SQNR of the output: ${sqnr.toFixed(2)} dB`]),
    `Photos: ${evaluation.samples}, ${
      (evaluation.milliseconds / evaluation.samples).toFixed(1)
    } ms each`,
  ].join("\n");
}

/** `evaluate`: accuracy on photos, alone and against a reference. */
export const EVALUATE: Command = {
  name: "evaluate",
  summary: "Measures accuracy on photos, and agreement and SQNR against a float network.",
  positionals: ["FILE"],
  permissions: "--allow-read --allow-env --allow-ffi",
  examples: [
    [
      "Top-1 and top-5 on labelled photos",
      "evaluate m.dlc --images val --labels val.csv --resize 256 --mean 127.5 --std 127.5",
    ],
    [
      "How far the quantized network is from the float one",
      "evaluate m_quantized.dlc --images val --reference m.dlc",
    ],
    ["For a program", "evaluate m.dlc --images val --labels val.csv --json"],
  ],
  options: [
    {
      name: "input-dlc",
      kind: "text",
      value: "FILE",
      description: "The model file, as SNPE spells it.",
      group: "Input",
    },
    ...PHOTO_OPTIONS,
    {
      name: "skip",
      kind: "text",
      value: "N",
      default: "0",
      description: "Leaves out the first photos, such as those used for calibration.",
      group: "Input",
    },
    {
      name: "count",
      kind: "text",
      value: "N",
      default: "all",
      description: "Takes at most so many photos.",
      group: "Input",
    },
    {
      name: "reference",
      kind: "text",
      value: "FILE",
      description:
        "A network to compare with, usually the float one; --input-dim and --batch hold " +
        "for both.",
      group: "Input",
    },
    {
      name: "output",
      kind: "text",
      value: "NAME",
      default: "the first",
      description: "The output with the class scores.",
      group: "Input",
    },
    ...OPEN_OPTIONS,
    ...PREPROCESS_OPTIONS,
    JSON_OPTION,
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  run,
};
