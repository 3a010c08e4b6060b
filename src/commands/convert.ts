import { openModel, readEncodings, saveDlc } from "../formats/mod.ts";
import { evaluateNode } from "../execute/mod.ts";
import { type Model, selectOutputs } from "../graph/mod.ts";
import { openSource } from "../io/mod.ts";
import type { Command, CommandContext } from "./command.ts";
import { describeModel, type ModelDescription } from "./describe_model.ts";
import type { Option, OptionValues } from "./option.ts";
import {
  DLC_VERSION_OPTION,
  dlcVersion,
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  JSON_OPTION,
  onePositional,
  parseDimensions,
  withEnding,
} from "./shared_options.ts";
import { writeMetadata } from "./write_metadata.ts";

/** Options that say how a model file is read. */
export const OPEN_OPTIONS: readonly Option[] = [
  {
    name: "input-dim",
    aliases: ["d"],
    kind: "pairs",
    value: "1,3,224,224",
    description: "Static shape of a network input.",
    group: "Input",
  },
  {
    name: "batch",
    aliases: ["b"],
    kind: "text",
    value: "N",
    default: "1",
    description: "What the first dimension of every input becomes.",
    group: "Input",
  },
  {
    name: "out-node",
    aliases: ["out-name"],
    kind: "list",
    value: "NAME",
    default: "the model's outputs",
    description: "An output to keep; what no output needs is left out.",
    group: "Input",
  },
];

/** Opens a model as {@linkcode OPEN_OPTIONS} say. */
export async function openForCommand(
  path: string,
  values: OptionValues,
  context: CommandContext,
): Promise<Model> {
  const batch = values.text("batch");
  const execute = executeOptions(values, context);
  const model = await openModel(path, {
    inputShapes: new Map(
      values.pairs("input-dim").map(([name, text]) => [name, parseDimensions(name, text)]),
    ),
    evaluate: (node, inputs) => evaluateNode(node, inputs, execute),
    signal: context.signal,
    ...(batch === undefined ? {} : { batch: parseDimensions("--batch", batch)[0] ?? 1 }),
  });
  const outputs = values.list("out-node");
  return outputs.length === 0 ? model : selectOutputs(model, outputs);
}

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "input-network");
  await using opened = await openForCommand(path, values, context);
  const overrides = values.text("quantization-overrides");
  const model = await writeMetadata(
    overrides === undefined
      ? opened
      : { ...opened, overrides: await readEncodings(await openSource(overrides)) },
    values,
    context,
  );
  const output = values.text("output-path") ?? withEnding(path, ".dlc");
  if (!values.flag("dry-run")) {
    const document = await saveDlc(model, output, {
      ...executeOptions(values, context),
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
    context.tell(`Wrote ${output} (DLC ${document.version})`);
  }
  const description = describeModel(model);
  context.print(
    values.flag("json")
      ? JSON.stringify({ ...description, ...(values.flag("dry-run") ? {} : { output }) }, null, 2)
      : summarize(description),
  );
}

function summarize(description: ModelDescription): string {
  const { layers, parameters, macs, inputs, outputs } = description;
  const shapes = (values: ModelDescription["inputs"]): string =>
    values.map(({ name, shape }) => `${name} [${shape}]`).join(", ");
  return `${layers.length} layers, ${parameters} parameters, ${macs} MACs; inputs ` +
    `${shapes(inputs)}; outputs ${shapes(outputs)}`;
}

/** `convert`: a trained network to a float DLC. */
export const CONVERT: Command = {
  name: "convert",
  summary: "Converts a trained network to a DLC file.",
  positionals: ["MODEL"],
  permissions: "--allow-read --allow-write",
  examples: [
    ["Writes model.dlc beside the model", "convert model.onnx"],
    ["Sets a shape and keeps one output", "convert m.onnx -d data 1,3,224,224 --out-node prob"],
    ["Only checks that the model converts", "convert model.onnx --dry-run"],
  ],
  options: [
    {
      name: "input-network",
      aliases: ["i"],
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
