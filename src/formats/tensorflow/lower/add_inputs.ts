import { UnsupportedError } from "../../../errors.ts";
import type { ValueInfo } from "../../../graph/mod.ts";
import type { TensorflowGraph } from "../proto/read_graph_def.ts";
import type { Signature } from "../proto/read_meta_graph.ts";
import { parseReference } from "./graph_scope.ts";
import type { ModelAssembly } from "./model_assembly.ts";
import type { ModelEnds } from "./model_ends.ts";
import { isPlaceholder, networkInput } from "./network_inputs.ts";
import { orderNodes } from "./order_nodes.ts";
import { tensor, type Value } from "./value.ts";

/** A network input whose fixed batch was changed. */
export interface Rebatched {
  /** The input. */
  readonly name: string;
  /** What it was. */
  readonly from: number;
  /** What it is. */
  readonly to: number;
}

/**
 * Makes placeholders that outputs need, and nodes that the model is cut at, network inputs.
 *
 * @returns The values that stand for nodes, and the first input whose fixed batch was changed.
 * @throws {RangeError} If a shape is given that does not fit, or for a node that nothing needs.
 * @throws {UnsupportedError} If a dimension stays open.
 */
export function addInputs(
  model: ModelAssembly,
  { file, graph: { nodes }, signature, ends, batch, onRebatch }: {
    readonly file: string;
    readonly graph: TensorflowGraph;
    readonly signature: Signature | undefined;
    readonly ends: ModelEnds;
    readonly batch: number | "keep";
    readonly onRebatch?: ((input: ValueInfo, fixed: readonly number[]) => void) | undefined;
  },
): { readonly given: ReadonlyMap<string, Value>; readonly rebatched: Rebatched | undefined } {
  const signed = new Map(
    Array.from(signature?.inputs.values() ?? [], ({ name, shape }) => [name, shape]),
  );
  const given = new Map<string, Value>();
  for (const name of ends.inputShapes.keys()) given.set(name, tensor(name));
  const scope = { nodes, given, prefix: "", placeholders: new Map(), depth: 0 };
  const ordered = orderNodes(scope, ends.roots, file);
  const reached = new Set(
    ordered.flatMap(({ inputs }) => inputs.map((input) => parseReference(input).name)),
  );
  for (const node of ordered) reached.add(node.name);
  const unused = [...ends.inputShapes.keys()].find((name) =>
    !reached.has(name) && !ends.roots.includes(name)
  );
  if (unused !== undefined) {
    throw new RangeError(
      `Cannot set the shape of "${unused}": the outputs of "${file}" do not need it`,
    );
  }
  let rebatched: Rebatched | undefined;
  for (const node of nodes.values()) {
    const isInput = given.has(node.name) || reached.has(node.name) &&
        (isPlaceholder(node) || signed.has(node.name) && node.operator.startsWith("Placeholder"));
    if (!isInput) continue;
    const { info, batchBefore } = networkInput(node, {
      file,
      given: ends.inputShapes.get(node.name),
      signed: signed.get(node.name),
      batch,
    });
    const [to = 0] = info.shape;
    if (batchBefore !== undefined) {
      rebatched ??= { name: info.name, from: batchBefore, to };
      onRebatch?.(info, [batchBefore, ...info.shape.slice(1)]);
    }
    model.addInput(info);
    given.set(node.name, tensor(node.name));
  }
  return { given, rebatched };
}

/** The error about a batch that the graph does not allow to change. */
export function fixedBatch(
  file: string,
  { name, from, to }: Rebatched,
  cause: Error,
): UnsupportedError {
  return new UnsupportedError(
    `Cannot set the batch of input "${name}" of "${file}" from ${from} to ${to}: ` +
      `${cause.message}; export the model with batch ${to}`,
    { cause },
  );
}
