import { writeTextAtomically } from "../io/mod.ts";
import { formatTable } from "../report/mod.ts";
import { formatBytes } from "../std/format_bytes.ts";
import { CsvStringifyStream } from "../std/csv.ts";
import { toText } from "../std/streams.ts";
import { checkOutput } from "./check_output.ts";
import type { Command, CommandContext } from "./command.ts";
import { describeLayerSets, formatLayerSets } from "./describe_layer_sets.ts";
import {
  describeModel,
  formatOverrides,
  type ModelDescription,
  type ValueDescription,
} from "./describe_model.ts";
import { THROUGH_OPTION } from "./equalization_options.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import { GIVEN_ENCODINGS_OPTIONS, usesOverrides, withOverrides } from "./override_options.ts";
import { GENERAL_OPTIONS, INPUT_DLC_OPTION, JSON_OPTION, onePositional } from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";

const COLUMNS = [
  { name: "Id", align: "right" },
  { name: "Layer" },
  { name: "Type" },
  { name: "Inputs" },
  { name: "Outputs" },
  { name: "Shape" },
  { name: "Parameters", align: "right" },
  { name: "MACs", align: "right" },
  { name: "Encoding of the output" },
  { name: "Encoding of the weights" },
] as const;

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-dlc");
  const csv = values.text("csv");
  if (usesOverrides(values) && !values.flag("cle")) {
    throw new UsageError("Options --override-params and --overrides go with --cle only");
  }
  if (csv !== undefined) await checkOutput(csv, { values });
  await using model = await openForCommand(path, values, context);
  const description = describeModel(model);
  const rows = layerRows(description);
  if (csv !== undefined) {
    const header = COLUMNS.map(({ name }) => name);
    const text = await toText(
      ReadableStream.from([header, ...rows]).pipeThrough(new CsvStringifyStream()),
    );
    await writeTextAtomically(csv, text);
    context.tell(`Wrote ${csv}`);
  }
  if (values.flag("cle") && description.quantized) {
    context.notify(
      "The network is quantized: equalization refuses it, and would scale this in its float network",
    );
  }
  const layerSets = values.flag("cle")
    ? await describeLayerSets(await withOverrides(values, model, context), {
      signal: context.signal,
      useOverrides: usesOverrides(values),
      ...(values.text("cle-through") === "all" ? { through: "all" } : {}),
    })
    : undefined;
  if (values.flag("json")) {
    context.print(JSON.stringify(
      {
        ...description,
        ...(layerSets === undefined ? {} : { layerSets }),
        notices: context.notices,
      },
      null,
      2,
    ));
  } else {
    context.print([
      ...(layerSets === undefined
        ? [formatTable(COLUMNS, rows), "", ...summary(description)]
        : [formatLayerSets(layerSets)]),
    ].join("\n"));
  }
}

function layerRows({ layers }: ModelDescription): string[][] {
  return layers.map((layer, index) => [
    String(index),
    layer.name,
    layer.operator,
    layer.inputs.join(" "),
    layer.outputs.map(({ name }) => name).join(" "),
    layer.outputs.map(({ shape }) => shape.join("x")).join(" "),
    String(layer.parameters),
    String(layer.macs),
    layer.outputs.map(describeEncoding).filter((text) => text !== "").join(" "),
    layer.constants.map(describeEncoding).filter((text) => text !== "").join(" "),
  ]);
}

function describeEncoding({ encoding }: ValueDescription): string {
  if (encoding === undefined) return "";
  const [first] = encoding.encodings;
  if (first === undefined) return "";
  if (encoding.encodings.length > 1) {
    return `${first.bitwidth} bits for each of ${encoding.encodings.length} channels`;
  }
  const { bitwidth, min, max, scale, offset } = first;
  return `${bitwidth} bits [${min.toFixed(6)}, ${max.toFixed(6)}] step ${
    scale.toPrecision(6)
  } offset ${offset}`;
}

function summary(description: ModelDescription): string[] {
  const { metadata, parameters, parameterBytes, macs, quantized, overrides } = description;
  const shapes = (of: readonly ValueDescription[]): string =>
    of.map(({ name, shape, dtype }) => `${name} ${shape.join("x")} ${dtype}`).join(", ");
  return [
    `Inputs: ${shapes(description.inputs)}`,
    `Outputs: ${shapes(description.outputs)}`,
    `Parameters: ${parameters} (${formatBytes(parameterBytes, { binary: true })} as stored)`,
    `MACs: ${macs}`,
    `Quantized: ${quantized ? "yes" : "no"}`,
    ...(overrides === undefined || quantized
      ? []
      : [`Encodings that came along: ${formatOverrides(overrides)}`]),
    ...Object.entries(metadata)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}: ${value}`),
  ];
}

/** `info`: what is in a model file. */
export const INFO: Command = {
  name: "info",
  summary: "Shows layers, shapes, parameters, MACs, encodings and metadata of a model.",
  positionals: ["FILE"],
  permissions: "--allow-read",
  examples: [
    ["A table on the terminal", "info model.dlc"],
    ["Everything for a program", "info model.dlc --json"],
    ["What --algorithms cle would equalize", "info model.onnx --cle"],
    ["The table for a spreadsheet", "info model.onnx --csv layers.csv"],
  ],
  options: [
    INPUT_DLC_OPTION,
    ...OPEN_OPTIONS,
    {
      name: "csv",
      aliases: ["s", "save"],
      kind: "text",
      value: "FILE",
      description: "Writes the table of layers as comma-separated text (needs --allow-write).",
      group: "Output",
    },
    {
      name: "cle",
      kind: "flag",
      description: "Shows what cross-layer equalization would scale, and why not the other layers.",
      group: "Output",
    },
    THROUGH_OPTION,
    ...GIVEN_ENCODINGS_OPTIONS.map((option) => ({
      ...option,
      description: `With --cle: ${option.description}`,
    })),
    JSON_OPTION,
    ...GENERAL_OPTIONS,
  ],
  run,
};
