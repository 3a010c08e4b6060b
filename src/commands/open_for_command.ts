import { evaluateNode } from "../execute/mod.ts";
import { openModel } from "../formats/mod.ts";
import type { Model } from "../graph/mod.ts";
import type { CommandContext } from "./command.ts";
import type { Option, OptionValues } from "./option.ts";
import { executeOptions, parseDimensions } from "./shared_options.ts";

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
    name: "caffe-bin",
    kind: "text",
    value: "FILE",
    description: "The caffemodel with the weights of a prototxt; -b FILE, as SNPE has it, too.",
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
  const { batch, weights } = splitShortOption(values);
  const execute = executeOptions(values, context);
  return await openModel(path, {
    inputShapes: new Map(
      values.pairs("input-dim").map(([name, text]) => [name, parseDimensions(name, text)]),
    ),
    evaluate: (node, inputs) => evaluateNode(node, inputs, execute),
    signal: context.signal,
    outputs: values.list("out-node"),
    ...(weights === undefined ? {} : { weights }),
    ...(batch === undefined ? {} : { batch: parseDimensions("--batch", batch)[0] ?? 1 }),
  });
}

/** SNPE's `-b` is the batch for ONNX and the file of weights for Caffe. */
function splitShortOption(
  values: OptionValues,
): { readonly batch: string | undefined; readonly weights: string | undefined } {
  const batch = values.text("batch");
  const weights = values.text("caffe-bin");
  const isFile = batch !== undefined && !/^[\d,x]+$/.test(batch) && weights === undefined;
  return isFile ? { batch: undefined, weights: batch } : { batch, weights };
}
