import { FormatError } from "../errors.ts";
import {
  type Analysis,
  analyzeModel,
  type NetworkAnalysis,
  type Optimization,
  OPTIMIZATIONS,
} from "../evaluate/mod.ts";
import { imageSamples, listImages } from "../formats/mod.ts";
import type { Model } from "../graph/mod.ts";
import { writeTextAtomically } from "../io/mod.ts";
import { formatAnalysisPage, formatTable, formatWorstLayers } from "../report/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import { EQUALIZATION_OPTIONS, equalizationOptions } from "./equalization_options.ts";
import { MODE_LISTS, MODE_OPTIONS, modeOptions } from "./mode_options.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import { imageInput, PHOTO_OPTIONS, photoLabels } from "./photo_options.ts";
import { PREPROCESS_OPTIONS, preprocessOptions } from "./preprocess_options.ts";
import { readSamples, SAMPLE_OPTIONS } from "./sample_options.ts";
import {
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  INPUT_DLC_OPTION,
  JSON_OPTION,
  onePositional,
  parseCount,
  SEPARATE_ACTIVATIONS_OPTION,
  withEnding,
} from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-dlc");
  const named = values.text("output-path") ??
    (values.flag("json") ? undefined : withEnding(path, "_analysis.html"));
  const page = named === undefined ? undefined : await checkOutput(named, { values });
  const output = values.text("output");
  const measuredSamples = parseCount(values, "samples");
  const equalize = equalizationOptions(values);
  await using model = await openForCommand(path, values, context);
  const { samples, labels } = await readInputs(values, model, context);
  const analysis = await analyzeModel(model, samples, {
    ...executeOptions(values, context),
    ...modeOptions(values),
    separateActivations: values.flag("separate-activations"),
    optimizations: chosenOptimizations(values),
    ...(equalize === undefined ? {} : { equalize }),
    ...(labels === undefined ? {} : { labels }),
    ...(output === undefined ? {} : { output }),
    ...(measuredSamples === undefined ? {} : { measuredSamples }),
    onNotice: context.tell,
    onProgress: context.progress.report,
  });
  if (page !== undefined) await writeTextAtomically(page, await formatAnalysisPage(analysis));
  // One line: channels alone are thousands of numbers.
  if (values.flag("json")) {
    return context.print(JSON.stringify({ ...analysis, notices: context.notices }));
  }
  context.print(format(analysis));
  if (page !== undefined) context.print(`Wrote ${page}`);
}

/** Photos or raw files, and the classes of photos. */
async function readInputs(
  values: OptionValues,
  model: Model,
  context: CommandContext,
): Promise<{ readonly samples: SampleSource; readonly labels?: (number | undefined)[] }> {
  const folder = values.text("images");
  if (folder === undefined) {
    if (values.text("input-list") === undefined) {
      throw new UsageError("Option --input-list or --images is missing, see --help");
    }
    if (values.text("labels") !== undefined) {
      throw new UsageError("Option --labels goes with --images only");
    }
    return { samples: await readSamples(values, model, context) };
  }
  if (values.text("input-list") !== undefined) {
    throw new UsageError("Options --images and --input-list exclude each other");
  }
  const skip = parseCount(values, "skip") ?? 0;
  const count = parseCount(values, "count") ?? Infinity;
  const paths = (await listImages(folder)).slice(skip, skip + count);
  if (paths.length === 0) {
    throw new FormatError(
      `Cannot analyze with "${folder}": no photo is left by --skip and --count`,
    );
  }
  const labels = await photoLabels(values, folder, paths);
  return {
    samples: imageSamples(paths, imageInput(model), preprocessOptions(values)),
    ...(labels === undefined ? {} : { labels }),
  };
}

function chosenOptimizations(values: OptionValues): Optimization[] {
  const chosen = values.list("algorithms");
  return OPTIMIZATIONS.filter((name) => chosen.includes(name));
}

function format({ networks, measuredSamples }: Analysis): string {
  const percent = (share: { readonly value: number } | undefined): string =>
    share === undefined ? "" : `${(100 * share.value).toFixed(2)} %`;
  const float = networks[0]?.evaluation.referenceTop1;
  return [
    formatTable(
      [
        { name: "Network" },
        { name: "SQNR", align: "right" },
        { name: "Same top-1", align: "right" },
        { name: "Top-1", align: "right" },
      ],
      [
        ...(float === undefined ? [] : [["float", "", "", percent(float)]]),
        ...networks.map(({ optimizations, evaluation: { sqnr, agreement, top1 } }) => [
          ["quantized", ...optimizations].join(" + "),
          `${sqnr?.toFixed(2)} dB`,
          percent(agreement),
          percent(top1),
        ]),
      ],
    ),
    ...networks.filter(({ sensitivity }, index) =>
      index === 0 || sensitivity !== networks[0]?.sensitivity
    ).map((network) => formatNetwork(network, measuredSamples)),
  ].join("\n");
}

function formatNetwork(
  { optimizations, sensitivity }: NetworkAnalysis,
  measuredSamples: number,
): string {
  const name = ["quantized", ...optimizations].join(" + ");
  return `\n${name}: the output when one layer alone is quantized, over ` +
    `${measuredSamples} sample${measuredSamples === 1 ? "" : "s"}; the worst layers\n${
      formatWorstLayers(sensitivity)
    }`;
}

/** `analyze`: which layers cost accuracy, and why. */
export const ANALYZE: Command = {
  name: "analyze",
  summary: "Shows which layers of a float network cost accuracy when it is quantized.",
  positionals: ["MODEL"],
  permissions: "--allow-read --allow-write --allow-env --allow-ffi",
  examples: [
    ["Writes model_analysis.html", "analyze model.dlc --input-list list.txt"],
    [
      "On photos, before and after equalization and bias correction",
      "analyze model.onnx --images val --labels val.csv --mean 127.5 --std 127.5 " +
      "--algorithms cle --algorithms bc -o report.html",
    ],
    ["For a program, with fewer runs", "analyze model.dlc -l list.txt --samples 2 --json"],
  ],
  options: [
    INPUT_DLC_OPTION,
    ...SAMPLE_OPTIONS,
    ...PHOTO_OPTIONS,
    {
      name: "samples",
      kind: "text",
      value: "N",
      default: "8",
      description:
        "How many inputs, the first ones, layers and values are measured on: about two runs of " +
        "each for every layer. Ranges and the whole network take all.",
      group: "Input",
    },
    {
      name: "output",
      kind: "text",
      value: "NAME",
      default: "the first",
      description: "The output of the network that is judged.",
      group: "Input",
    },
    ...OPEN_OPTIONS,
    ...PREPROCESS_OPTIONS,
    {
      name: "algorithms",
      aliases: ["optimizations"],
      kind: "list",
      value: "NAME",
      choices: OPTIMIZATIONS,
      description:
        "Analyzes the network after this as well, beside it as it is; may be repeated. cle: " +
        "cross-layer equalization, bc: bias correction.",
      group: "Algorithms",
    },
    ...EQUALIZATION_OPTIONS,
    ...MODE_OPTIONS,
    SEPARATE_ACTIVATIONS_OPTION,
    {
      name: "output-path",
      aliases: ["o"],
      kind: "text",
      value: "FILE",
      default: "MODEL with the ending _analysis.html; none with --json",
      description: "The page with tables and plots, one HTML file.",
      group: "Output",
    },
    JSON_OPTION,
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  lists: MODE_LISTS,
  run,
};
