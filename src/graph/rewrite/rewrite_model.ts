import { FormatError } from "../../errors.ts";
import type { TensorEncoding, TensorReference } from "../../tensor/mod.ts";
import { removeDeadNodes } from "../build/remove_dead_nodes.ts";
import { sortTopologically } from "../build/sort_topologically.ts";
import { constantTensor } from "../constants/model_constants.ts";
import type { Model, ModelEncodings, Node, ValueInfo } from "../model.ts";
import { inferNode } from "../operators/infer_node.ts";
import { formatShape } from "../operators/operator_call.ts";
import { schemaOf } from "../operators/registry.ts";
import type { OperatorCall } from "../operators/operator_schema.ts";

/** A node of a model with the types of its inputs and the elements of its settings. */
export function operatorCall(
  model: Pick<Model, "values" | "initializers">,
  node: Node,
): OperatorCall {
  const { settings = [] } = schemaOf(node);
  return {
    node,
    inputs: node.inputs.map((name) => model.values.get(name) ?? model.initializers.get(name)),
    constants: node.inputs.map((name, index) =>
      settings.includes(index) ? constantTensor(model, name) : undefined
    ),
  };
}

/** Encodings without those of names that were in the model and are not any more. */
function withoutLost(
  encodings: ModelEncodings,
  { before, after }: {
    readonly before: Pick<Model, "values" | "initializers">;
    readonly after: Pick<Model, "values" | "initializers">;
  },
): ModelEncodings {
  const has = (model: typeof before, name: string): boolean =>
    model.values.has(name) || model.initializers.has(name);
  const keep = (map: ReadonlyMap<string, TensorEncoding>): Map<string, TensorEncoding> =>
    new Map([...map].filter(([name]) => has(after, name) || !has(before, name)));
  const { activations, parameters } = encodings;
  return { ...encodings, activations: keep(activations), parameters: keep(parameters) };
}

/** What a rewrite changes in a model. */
export interface ModelChanges {
  /** The new nodes, in any order; dead ones are dropped. */
  readonly nodes: readonly Node[];
  /** The constants; those nobody reads are dropped. */
  readonly initializers?: ReadonlyMap<string, TensorReference>;
  /** The network outputs, if they change. */
  readonly outputNames?: readonly string[];
  /** Encodings in force. */
  readonly encodings?: ModelEncodings;
  /** Encodings asked for. */
  readonly overrides?: ModelEncodings;
  /** Folded batch norms. */
  readonly batchNorms?: Model["batchNorms"];
}

/**
 * Puts new nodes into a model: sorts them, drops dead nodes and constants, infers all types anew,
 * and checks that the network outputs are what they were.
 */
export function rewriteModel(model: Model, changes: ModelChanges): Model {
  const { outputNames = model.outputs.map(({ name }) => name) } = changes;
  const constants = changes.initializers ?? model.initializers;
  const nodes = removeDeadNodes(sortTopologically(changes.nodes), outputNames);
  const values = new Map<string, ValueInfo>(model.inputs.map((input) => [input.name, input]));
  const initializers = new Map<string, TensorReference>();
  for (const node of nodes) {
    for (const name of node.inputs) {
      const constant = constants.get(name);
      if (constant !== undefined) initializers.set(name, constant);
    }
    const types = inferNode(operatorCall({ values, initializers }, node));
    for (const [index, name] of node.outputs.entries()) {
      const type = types[index];
      if (name === "" || type === undefined) continue;
      // A type may be the input's own description, whose name is not this value's.
      values.set(name, { name, dtype: type.dtype, shape: type.shape });
    }
  }
  const outputs = outputNames.flatMap((name) => values.get(name) ?? []);
  for (const { name, shape } of outputs) {
    const before = model.values.get(name);
    if (before === undefined || formatShape(before.shape) === formatShape(shape)) continue;
    throw new FormatError(
      `Cannot rewrite model "${model.name}": output "${name}" would have shape ` +
        `${formatShape(shape)}, expected ${formatShape(before.shape)}`,
    );
  }
  const after = { values, initializers };
  return {
    ...model,
    nodes,
    values,
    initializers,
    outputs,
    batchNorms: changes.batchNorms ?? model.batchNorms,
    encodings: withoutLost(changes.encodings ?? model.encodings, { before: model, after }),
    overrides: withoutLost(changes.overrides ?? model.overrides, { before: model, after }),
  };
}

/** Finds a name that neither a value nor a constant has, close to `wish`. */
export function freeName(wish: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(wish)) return wish;
  let count = 1;
  while (taken.has(`${wish}_${count}`)) count++;
  return `${wish}_${count}`;
}
