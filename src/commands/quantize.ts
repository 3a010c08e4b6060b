import process from "node:process";
import { readInputList, saveDlc } from "../formats/mod.ts";
import { type QuantizedModel, quantizeModel, reportTensors } from "../quantize/mod.ts";
import { formatBytes } from "../std/format_bytes.ts";
import { formatDuration } from "../std/format_duration.ts";
import type { Command, CommandContext } from "./command.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import {
  DLC_VERSION_OPTION,
  dlcVersion,
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  JSON_OPTION,
  onePositional,
  requiredText,
  withEnding,
} from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";
import { writeMetadata } from "./write_metadata.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const start = performance.now();
  const path = onePositional(values, "model file", "input-dlc");
  const list = requiredText(values, "input-list");
  const output = values.text("output-dlc") ?? withEnding(path, "_quantized.dlc");
  const execute = executeOptions(values, context);
  await using opened = await openForCommand(path, values, context);
  const float = opened.metadata.converterCommand === undefined
    ? await writeMetadata(opened, values, context)
    : opened;
  const samples = await readInputList(list, float.inputs, {
    nativeTypes: values.flag("use-native-input-files"),
    signal: context.signal,
  });
  const quantized = await quantizeModel(float, samples, {
    ...execute,
    separateActivations: values.flag("separate-activations"),
    useOverrides: values.flag("override-params"),
    minimumRange: minimumRange(values),
    onNotice: context.tell,
    onProgress: context.progress.report,
  });
  const model: QuantizedModel = {
    ...quantized,
    metadata: { ...quantized.metadata, quantizerCommand: context.commandLine },
  };
  const document = await saveDlc(model, output, {
    ...execute,
    version: dlcVersion(values),
    onProgress: ({ member, bytesDone, bytesTotal }) =>
      context.progress.report({
        stage: "write",
        done: bytesDone,
        total: bytesTotal,
        unit: "bytes",
        item: member,
      }),
  });
  const summary = {
    output,
    dlcVersion: document.version,
    samples: samples.length,
    activations: model.encodings.activations.size,
    parameters: model.encodings.parameters.size,
    inputBytes: (await Deno.stat(path)).size,
    outputBytes: (await Deno.stat(output)).size,
    milliseconds: performance.now() - start,
    // Node gives kilobytes; the operating system's figure for the whole process.
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  if (values.flag("json")) {
    const tensors = await Array.fromAsync(reportTensors(model, execute));
    context.print(JSON.stringify({ ...summary, tensors }, null, 2));
  } else {
    context.print(
      `Wrote ${output} (DLC ${summary.dlcVersion}): ${formatBytes(summary.inputBytes)} to ` +
        `${formatBytes(summary.outputBytes)}; ${summary.parameters} weights and biases, ` +
        `${summary.activations} activations over ${summary.samples} samples; ` +
        `${formatDuration(Math.round(summary.milliseconds), { ignoreZero: true })}, peak memory ` +
        formatBytes(summary.peakMemoryBytes),
    );
  }
}

function minimumRange(values: OptionValues): number {
  const text = values.text("minimum-range") ?? "0.01";
  const range = Number(text);
  if (!(Number.isFinite(range) && range > 0)) {
    throw new UsageError(`Option --minimum-range does not take "${text}": expected 0.01 or 0.0001`);
  }
  return range;
}

/** `quantize`: a float network and inputs to a quantized DLC. */
export const QUANTIZE: Command = {
  name: "quantize",
  summary: "Quantizes a float DLC or ONNX model over calibration inputs.",
  positionals: ["IN"],
  permissions: "--allow-read --allow-write --allow-env --allow-ffi",
  examples: [
    ["Writes model_quantized.dlc", "quantize model.dlc --input-list list.txt"],
    ["Straight from ONNX", "quantize model.onnx --input-list list.txt -o model_8bit.dlc"],
    [
      "In little memory, without native code",
      "quantize model.dlc --input-list list.txt --memory-limit 128MiB --engine wasm",
    ],
  ],
  options: [
    {
      name: "input-dlc",
      aliases: ["i"],
      kind: "text",
      value: "FILE",
      description: "The float model, as SNPE spells it.",
      group: "Input",
    },
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
    ...OPEN_OPTIONS,
    {
      name: "override-params",
      kind: "flag",
      description: "Uses the encodings that convert --quantization-overrides stored.",
      group: "Quantization",
    },
    {
      name: "separate-activations",
      kind: "flag",
      description: "Gives a layer and the activation function behind it an encoding each.",
      group: "Quantization",
    },
    {
      name: "minimum-range",
      kind: "text",
      value: "R",
      default: "0.01",
      description: "The least width of a range; 0.0001 in QNN's documents.",
      group: "Quantization",
    },
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
    JSON_OPTION,
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  run,
};
