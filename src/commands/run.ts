import { UnsupportedError } from "../errors.ts";
import { runModel } from "../execute/mod.ts";
import { type InputList, readInputList } from "../formats/mod.ts";
import { type Model, namesOf } from "../graph/mod.ts";
import { createAtomicOutput, explainOutputErrors } from "../io/mod.ts";
import { suggestName } from "../nearest_name.ts";
import { join } from "../std/path.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import type { Command, CommandContext } from "./command.ts";
import { OPEN_OPTIONS, openForCommand } from "./open_for_command.ts";
import type { OptionValues } from "./option.ts";
import {
  EXECUTE_OPTIONS,
  executeOptions,
  GENERAL_OPTIONS,
  JSON_OPTION,
  onePositional,
  requiredText,
} from "./shared_options.ts";

async function run(values: OptionValues, context: CommandContext): Promise<void> {
  const path = onePositional(values, "model file", "container");
  const list = requiredText(values, "input-list");
  const folder = values.text("output-dir") ?? "output";
  await using model = await openForCommand(path, values, context);
  const samples = await readInputList(list, model.inputs, {
    nativeTypes: values.flag("use-native-input-files"),
    signal: context.signal,
  });
  const written: { readonly sample: number; readonly files: readonly string[] }[] = [];
  const names = valueNames(model, values, samples);
  for await (
    const { index, outputs } of runModel(model, samples, {
      ...executeOptions(values, context),
      values: names,
      onProgress: ({ sample, samples: total }) =>
        context.progress.report({ stage: "run", done: sample, total, unit: "samples" }),
    })
  ) {
    const files = await writeSample(join(folder, `Result_${index}`), outputs);
    if (values.flag("json")) written.push({ sample: index, files });
  }
  if (values.flag("json")) {
    context.print(JSON.stringify({ results: written, notices: context.notices }, null, 2));
  } else context.print(`${samples.length} samples, results in ${join(folder, "Result_<k>")}`);
}

/** The outputs, those that the list or the options name, or every value with `--debug`. */
function valueNames(model: Model, values: OptionValues, list: InputList): readonly string[] {
  if (values.flag("debug")) {
    return model.nodes.flatMap(({ outputs }) => outputs.filter((name) => model.values.has(name)));
  }
  const asked = values.list("set-output-tensors").flatMap((names) => names.split(","));
  const listed = list.outputNames.flatMap((name) =>
    model.values.has(name) ? [name] : outputsOf(model, name)
  );
  const names = asked.length > 0 ? asked : listed;
  for (const name of names) {
    if (!model.values.has(name)) throw unknownName(model, "value", name, [...model.values.keys()]);
  }
  return names.length > 0 ? names : model.outputs.map(({ name }) => name);
}

function outputsOf(model: Model, layer: string): readonly string[] {
  const node = model.nodes.find(({ name }) => name === layer);
  if (node === undefined) {
    throw unknownName(model, "layer", layer, model.nodes.map(({ name }) => name));
  }
  return namesOf(node.outputs);
}

function unknownName(
  model: Model,
  what: string,
  name: string,
  known: readonly string[],
): RangeError {
  return new RangeError(
    `Cannot return ${what} "${name}": "${model.name}" has no such ${what}` +
      suggestName(name, known),
  );
}

async function writeSample(
  folder: string,
  outputs: ReadonlyMap<string, DenseTensor>,
): Promise<string[]> {
  const files: string[] = [];
  await explainOutputErrors(folder, () => Deno.mkdir(folder, { recursive: true }));
  for (const [name, tensor] of outputs) {
    // snpe-net-run names files after tensors; a slash or colon would be a folder or a drive.
    const file = join(folder, `${name.replaceAll(/[/\\:]/g, "_")}.raw`);
    await using output = await createAtomicOutput(file);
    await output.write(rawBytes(name, tensor));
    await output.commit();
    files.push(file);
  }
  return files;
}

function rawBytes(name: string, { dtype, data }: DenseTensor): Uint8Array {
  if (data.buffer instanceof SharedArrayBuffer) {
    throw new UnsupportedError(`Cannot write "${name}": its ${dtype} elements are shared memory`);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** `run`: inputs through a network, outputs as raw files. */
export const RUN: Command = {
  name: "run",
  summary: "Runs raw inputs through a model and writes raw outputs, one folder a sample.",
  positionals: ["FILE"],
  permissions: "--allow-read --allow-write --allow-env --allow-ffi",
  examples: [
    ["Result_0, Result_1, … in output", "run model.dlc --input-list list.txt --output-dir output"],
    ["Every layer's output", "run model.dlc --input-list list.txt --output-dir all --debug"],
    ["Without native code", "run model.dlc --input-list list.txt --output-dir o --engine wasm"],
  ],
  options: [
    {
      name: "container",
      aliases: ["input-dlc"],
      kind: "text",
      value: "FILE",
      description: "The model file, as SNPE spells it.",
      group: "Input",
    },
    {
      name: "input-list",
      aliases: ["l"],
      kind: "text",
      value: "FILE",
      description: "Lines of raw float32 files, as snpe-net-run takes them.",
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
      name: "output-dir",
      kind: "text",
      value: "DIR",
      default: "output",
      description: "Where the Result_k folders appear.",
      group: "Output",
    },
    {
      name: "set-output-tensors",
      kind: "list",
      value: "NAMES",
      description: "Values to write instead of the outputs, separated by commas.",
      group: "Output",
    },
    { name: "debug", kind: "flag", description: "Writes every layer's output.", group: "Output" },
    JSON_OPTION,
    ...EXECUTE_OPTIONS,
    ...GENERAL_OPTIONS,
  ],
  run,
};
