import process from "node:process";
import { quantizeCorrected } from "../correct/mod.ts";
import { saveDlc, writeAimetEncodings } from "../formats/mod.ts";
import type { Model } from "../graph/mod.ts";
import { openSource, writeTextAtomically } from "../io/mod.ts";
import {
  Calibration,
  type QuantizedModel,
  quantizeModel,
  type QuantizeOptions,
  readCalibration,
  reportTensors,
} from "../quantize/mod.ts";
import { formatWorstTensors } from "../report/mod.ts";
import { formatBytes } from "../std/format_bytes.ts";
import { formatDuration } from "../std/format_duration.ts";
import type { SampleSource } from "../tensor/mod.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import { correctForCommand, CORRECTION_OPTIONS, correctionOptions } from "./correction_options.ts";
import {
  EQUALIZATION_OPTIONS,
  equalizationOptions,
  equalizeForCommand,
} from "./equalization_options.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import { MODE_LISTS, MODE_OPTIONS, modeOptions } from "./mode_options.ts";
import type { OptionValues } from "./option.ts";
import {
  OVERRIDE_OPTIONS,
  overrideOptions,
  usesOverrides,
  withOverrides,
} from "./override_options.ts";
import { reportWriting } from "./report_writing.ts";
import { readSamples, SAMPLE_OPTIONS } from "./sample_options.ts";
import {
  DLC_VERSION_OPTION,
  dlcVersion,
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  INPUT_DLC_OPTION,
  JSON_OPTION,
  onePositional,
  SEPARATE_ACTIVATIONS_OPTION,
  withEnding,
} from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";
import { writeMetadata } from "./write_metadata.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const start = performance.now();
  const path = onePositional(values, "model file", "input-dlc");
  const named = values.text("output-dlc") ?? withEnding(path, "_quantized.dlc");
  const output = await checkOutput(named, { values });
  const report = values.text("report");
  if (report !== undefined) await checkOutput(report, { values, others: [output] });
  const encodings = values.flag("dump-encoding-json")
    ? await checkOutput(withEnding(output, "_encoding.json"), {
      values,
      others: [output, report ?? []].flat(),
    })
    : undefined;
  const execute = executeOptions(values, context);
  const correction = correctionOptions(values, output);
  const equalization = equalizationOptions(values);
  await using opened = await openForCommand(path, values, context);
  const converted = opened.metadata.converterCommand === undefined
    ? await writeMetadata(opened, values, context)
    : opened;
  const overridden = await withOverrides(values, converted, context);
  const calibration = await readCalibrationData(values, overridden, context);
  const samples = calibration instanceof Calibration
    ? calibration.samples
    : calibration?.length ?? 0;
  const equalized = equalization === undefined || calibration === undefined ||
      calibration instanceof Calibration
    ? undefined
    : await equalizeForCommand(overridden, calibration, {
      options: { ...equalization, useOverrides: usesOverrides(values) },
      execute,
      context,
    });
  const float = equalized?.model ?? overridden;
  const options: QuantizeOptions = {
    ...execute,
    separateActivations: values.flag("separate-activations"),
    ...overrideOptions(values),
    ...modeOptions(values),
    onNotice: context.notify,
    onProgress: context.progress.report,
  };
  const quantized = correction === undefined || calibration === undefined
    ? await quantizeModel(float, calibration, options)
    : await correctForCommand(
      () => quantizeCorrected(float, calibration, { ...options, ...correction }),
      { values, output, context },
    );
  const model: QuantizedModel = {
    ...quantized,
    metadata: { ...quantized.metadata, quantizerCommand: context.commandLine },
  };
  const written = await saveDlc(model, output, {
    ...execute,
    // Version 3 comes from tools that knew no float tensors among integers.
    version: model.floats.size > 0 && dlcVersion(values) === "auto" ? "4" : dlcVersion(values),
    onProgress: reportWriting(context),
  });
  if (encodings !== undefined) await writeAimetEncodings(model, encodings);
  const inputBytes = await fileSize(path);
  const summary = {
    output,
    dlcVersion: written.version,
    samples,
    activations: model.encodings.activations.size,
    parameters: model.encodings.parameters.size,
    ...(inputBytes === undefined ? {} : { inputBytes }),
    outputBytes: (await Deno.stat(output)).size,
    milliseconds: performance.now() - start,
    // Node gives kilobytes; the operating system's figure for the whole process.
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  const tensors = values.flag("json") || report !== undefined
    ? await Array.fromAsync(reportTensors(model, execute))
    : [];
  const document = {
    ...summary,
    tensors,
    floats: Object.fromEntries(model.floats),
    notices: context.notices,
    ...(equalized === undefined ? {} : { equalization: equalized.report }),
  };
  const text = JSON.stringify(document, null, 2);
  if (report !== undefined) await writeTextAtomically(report, `${text}\n`);
  if (values.flag("json")) context.print(text);
  else {
    context.print(
      `Wrote ${output} (DLC ${summary.dlcVersion}): ` +
        (inputBytes === undefined ? "" : `${formatBytes(inputBytes)} to `) +
        `${formatBytes(summary.outputBytes)}; ${summary.parameters} weights and biases, ` +
        `${summary.activations} activations over ${summary.samples} samples; ` +
        `${formatDuration(Math.round(summary.milliseconds), { ignoreZero: true })}, peak memory ` +
        formatBytes(summary.peakMemoryBytes),
    );
    if (encodings !== undefined) context.print(`Wrote ${encodings}`);
    if (report !== undefined) {
      context.print(`Wrote ${report}; the weights and biases that changed most:`);
      context.print(formatWorstTensors(tensors));
    }
  }
}

/** The size of a model that is one local file, not a folder or a URL. */
async function fileSize(path: string): Promise<number | undefined> {
  if (URL.canParse(path)) return undefined;
  const { isFile, size } = await Deno.stat(path);
  return isFile ? size : undefined;
}

/** The samples of `--input-list`, or what `--ranges` has seen of them before. */
async function readCalibrationData(
  values: OptionValues,
  model: Model,
  context: CommandContext,
): Promise<SampleSource | Calibration | undefined> {
  const path = values.text("ranges");
  if (values.flag("float-fallback")) {
    for (const name of ["ranges", "input-list", "skip", "count"]) {
      if (values.text(name) === undefined) continue;
      throw new UsageError(`Option --float-fallback takes no --${name}: overrides say everything`);
    }
    return undefined;
  }
  if (path === undefined) return await readSamples(values, model, context);
  for (const name of ["input-list", "skip", "count"]) {
    if (values.text(name) !== undefined) {
      throw new UsageError(`Options --ranges and --${name} exclude each other`);
    }
  }
  await using source = await openSource(path, { signal: context.signal });
  return await readCalibration(source, { signal: context.signal });
}

/** `quantize`: a float network and inputs to a quantized DLC. */
export const QUANTIZE: Command = {
  name: "quantize",
  summary: "Quantizes a float DLC or ONNX model over calibration inputs.",
  positionals: ["IN"],
  permissions: "--allow-read --allow-write --allow-env --allow-ffi",
  examples: [
    ["Writes model_quantized.dlc", "quantize model.dlc --input-list list.txt"],
    [
      "With equalization and bias correction, for networks that 8 bits ruin",
      "quantize model.dlc -l list.txt --algorithms cle --algorithms bc --bias-bitwidth 32",
    ],
    [
      "With bias correction, going on where an earlier run was interrupted",
      "quantize model.dlc -l list.txt --algorithms bc --resume",
    ],
    ["Straight from ONNX", "quantize model.onnx --input-list list.txt -o model_8bit.dlc"],
    [
      "In little memory, without native code",
      "quantize model.dlc --input-list list.txt --memory-limit 128MiB --engine wasm",
    ],
  ],
  options: [
    INPUT_DLC_OPTION,
    ...SAMPLE_OPTIONS,
    {
      name: "ranges",
      kind: "text",
      value: "FILE",
      description: "What calibrate saw, in place of calibration inputs.",
      group: "Input",
    },
    ...OPEN_OPTIONS,
    ...MODE_OPTIONS,
    ...OVERRIDE_OPTIONS,
    ...CORRECTION_OPTIONS,
    ...EQUALIZATION_OPTIONS,
    SEPARATE_ACTIVATIONS_OPTION,
    {
      name: "output-dlc",
      aliases: ["o", "output-path"],
      kind: "text",
      value: "FILE",
      default: "IN with the ending _quantized.dlc",
      description: "The quantized DLC.",
      group: "Output",
    },
    DLC_VERSION_OPTION,
    {
      name: "report",
      kind: "text",
      value: "FILE",
      description:
        "JSON of every tensor: observed range, encoding, mode, share of clipped values, SQNR of " +
        "weights. The ten worst are printed.",
      group: "Output",
    },
    {
      name: "dump-encoding-json",
      kind: "flag",
      description: "Writes the encodings beside the DLC as AIMET's JSON, ending _encoding.json.",
      group: "Output",
    },
    JSON_OPTION,
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  lists: MODE_LISTS,
  run,
};
