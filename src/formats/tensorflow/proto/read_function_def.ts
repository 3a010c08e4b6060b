import { FormatError } from "../../../errors.ts";
import {
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { readNodeDef, type TensorflowNode } from "./read_node_def.ts";
import { readMapEntry } from "./read_map_entry.ts";

/** A function of a graph's library. */
export interface TensorflowFunction {
  /** The name that calls use. */
  readonly name: string;
  /** Names of the arguments, in order. */
  readonly arguments: readonly string[];
  /** The nodes; what they read is a node's output or an argument. */
  readonly nodes: readonly TensorflowNode[];
  /** What each output returns, in order. */
  readonly results: readonly string[];
}

/** Operators with several named outputs: the number of the first one of each name. */
const OUTPUT_NUMBERS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  FusedBatchNorm: ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
  FusedBatchNormV2: ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
  FusedBatchNormV3: [
    "y",
    "batch_mean",
    "batch_variance",
    "reserve_space_1",
    "reserve_space_2",
    "reserve_space_3",
  ],
  MaxPoolWithArgmax: ["output", "argmax"],
  Merge: ["output", "value_index"],
  NonMaxSuppressionV4: ["selected_indices", "valid_outputs"],
  NonMaxSuppressionV5: ["selected_indices", "selected_scores", "valid_outputs"],
  SoftmaxCrossEntropyWithLogits: ["loss", "backprop"],
  SparseSoftmaxCrossEntropyWithLogits: ["loss", "backprop"],
  Switch: ["output_false", "output_true"],
  TopK: ["values", "indices"],
  TopKV2: ["values", "indices"],
  Unique: ["y", "idx"],
}));

/**
 * Reads a `FunctionDef`.
 *
 * @param field The field that holds the message.
 * @param options Abort signal, and what each node is reported to.
 * @throws {FormatError} If an output is returned that is not there.
 */
export async function readFunctionDef(
  field: ProtobufField,
  options: NestedFieldsOptions & { readonly onNode: () => void },
): Promise<TensorflowFunction> {
  let name = "";
  const names: string[] = [];
  const outputs: string[] = [];
  const nodes: TensorflowNode[] = [];
  const returned = new Map<string, string>();
  for await (const part of nestedFields(field, "FunctionDef", options)) {
    if (part.number === 1) {
      for await (const item of nestedFields(part, "OpDef", options)) {
        if (item.number === 1) name = shortText(item, "the name of a function");
        if (item.number === 2) names.push(await readArgumentName(item, options));
        if (item.number === 3) outputs.push(await readArgumentName(item, options));
      }
    } else if (part.number === 3) {
      options.onNode();
      nodes.push(await readNodeDef(part, options));
    } else if (part.number === 4) {
      const readValue = (value: ProtobufField) => shortText(value, "what a function returns");
      const { key, value } = await readMapEntry(part, "an output", { ...options, readValue });
      if (value !== undefined) returned.set(key, value);
    }
  }
  const operators = new Map(nodes.map(({ name, operator }) => [name, operator]));
  const resolve = (input: string): string => plainInput(input, operators);
  return {
    name,
    arguments: names,
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(resolve) })),
    results: outputs.map((output) => {
      const result = returned.get(output);
      if (result !== undefined) return resolve(result);
      throw new FormatError(
        `Cannot read "${field.source.name}": function "${name}" does not say what its output ` +
          `"${output}" is`,
        { file: field.source.name, offset: field.offset },
      );
    }),
  };
}

async function readArgumentName(
  field: ProtobufField,
  options: NestedFieldsOptions,
): Promise<string> {
  for await (const part of nestedFields(field, "OpDef.ArgDef", options)) {
    if (part.number === 1) return shortText(part, "the name of an argument");
  }
  return "";
}

/** `node:output:2` as `node:2`, by the place that the operator's output of that name has. */
function plainInput(input: string, operators: ReadonlyMap<string, string>): string {
  const [, name = "", output = "", index = "0"] = /^([^:]+):([^:]+)(?::(\d+))?$/.exec(input) ?? [];
  if (name === "") return input;
  if (/^\d+$/.test(output)) return output === "0" ? name : input;
  const first = OUTPUT_NUMBERS.get(operators.get(name) ?? "")?.indexOf(output) ?? 0;
  const number = Math.max(first, 0) + Number(index);
  return number === 0 ? name : `${name}:${number}`;
}
