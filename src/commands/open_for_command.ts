import { evaluateNode } from "../execute/mod.ts";
import { openModel, type OpenModelOptions, type TensorflowChoice } from "../formats/mod.ts";
import type { Model, PartChecker, ValueInfo } from "../graph/mod.ts";
import type { CommandContext } from "./command.ts";
import type { Option, OptionValues } from "./option.ts";
import { executeOptions, parseDimensions } from "./shared_options.ts";
import { UsageError } from "./usage_error.ts";

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
    kind: "list",
    value: "N",
    default: "1",
    description: "What the first dimension of every input becomes; -b FILE is --caffe-bin.",
    group: "Input",
  },
  {
    name: "caffe-bin",
    kind: "text",
    value: "FILE",
    description: "The caffemodel with the weights of a prototxt.",
    group: "Input",
  },
  {
    name: "exec-net",
    kind: "text",
    value: "FILE",
    description: "The init net with the weights of a Caffe2 net, as SNPE spells it.",
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
  {
    name: "saved-model-tag",
    kind: "text",
    value: "TAG",
    default: "serve",
    description: "Which graph of a TensorFlow SavedModel.",
    group: "Input",
  },
  {
    name: "saved-model-signature-key",
    kind: "text",
    value: "KEY",
    default: "serving_default",
    description: "Which signature of a TensorFlow SavedModel.",
    group: "Input",
  },
  {
    name: "show-unconsumed-nodes",
    aliases: ["allow-unconsumed-nodes"],
    kind: "flag",
    description: "Lists the nodes of a TensorFlow graph that no output needs.",
    group: "Input",
  },
];

/**
 * Opens a model as {@linkcode OPEN_OPTIONS} say.
 *
 * @param path The file.
 * @param values The options.
 * @param context Where notices go; what else a network must stand, if its problems are told.
 */
export async function openForCommand(
  path: string,
  values: OptionValues,
  context: CommandContext & { readonly checkPart?: PartChecker },
): Promise<Model> {
  const { weights } = splitShortOption(values);
  return await openModel(path, {
    ...shapeOptions(values, context),
    outputs: values.list("out-node"),
    ...tensorflowChoice(values, context),
    ...(weights === undefined ? {} : { weights }),
    ...(context.checkPart === undefined ? {} : { checkPart: context.checkPart }),
  });
}

/**
 * Opens a network to compare with: shapes and batch are those of the network itself, the other
 * options are not about it.
 */
export async function openReference(
  path: string,
  values: OptionValues,
  context: CommandContext,
): Promise<Model> {
  return await openModel(path, shapeOptions(values, context));
}

function shapeOptions(values: OptionValues, context: CommandContext): OpenModelOptions {
  const { batch } = splitShortOption(values);
  const execute = executeOptions(values, context);
  return {
    inputShapes: new Map(
      values.pairs("input-dim").map(([name, text]) => [name, parseDimensions(name, text)]),
    ),
    evaluate: (node, inputs) => evaluateNode(node, inputs, execute),
    signal: context.signal,
    ...(batch === undefined
      ? { onRebatch: (input, fixed) => context.notify(rebatchNotice(input, fixed)) }
      : { batch: parseBatch(batch) }),
  };
}

function tensorflowChoice(values: OptionValues, context: CommandContext): TensorflowChoice {
  const savedModelTag = values.text("saved-model-tag");
  const savedModelSignatureKey = values.text("saved-model-signature-key");
  return {
    ...(savedModelTag === undefined ? {} : { savedModelTag }),
    ...(savedModelSignatureKey === undefined ? {} : { savedModelSignatureKey }),
    ...(values.flag("show-unconsumed-nodes")
      ? {
        onUnconsumedNodes: (nodes) => {
          context.tell(`${nodes.length} nodes are not needed by the outputs`);
          for (const { name, operator } of nodes) context.tell(`  ${name} (${operator})`);
        },
      }
      : {}),
  };
}

/** SNPE's `-b` is the batch for ONNX and the file of weights for Caffe; both may be given. */
function splitShortOption(
  values: OptionValues,
): { readonly batch: string | undefined; readonly weights: string | undefined } {
  const given = values.text("caffe-bin") ?? values.text("exec-net");
  const words = values.list("batch");
  const file = given === undefined ? words.find((word) => !/^-?\d+$/.test(word)) : undefined;
  return { batch: words.findLast((word) => word !== file), weights: given ?? file };
}

function rebatchNotice({ name, shape }: ValueInfo, fixed: readonly number[]): string {
  return `Input "${name}" is [${fixed.join(", ")}] in the file and becomes [${shape.join(", ")}] ` +
    `(--batch 1, the default); --input-dim ${name} ${fixed.join(",")} keeps it`;
}

function parseBatch(text: string): number {
  const batch = Number(text);
  if (Number.isSafeInteger(batch) && batch >= 1) return batch;
  throw new UsageError(`Option --batch does not take "${text}": expected an integer from 1`);
}
