import { FormatError } from "../../../errors.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { TensorflowGraph } from "../proto/read_graph_def.ts";
import type { Signature, SignatureTensor } from "../proto/read_meta_graph.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { parseReference } from "./graph_scope.ts";

/** Where a model begins and ends. */
export interface ModelEnds {
  /** Shapes that the user gives, by node. */
  readonly inputShapes: ReadonlyMap<string, readonly number[]>;
  /** Nodes' outputs that the graph is lowered for. */
  readonly roots: readonly string[];
  /** The outputs of the model: some of `roots`, or values inside functions behind them. */
  readonly outputs: readonly string[];
}

/** Nodes that make nothing, or nothing that a model would hand out. */
const SIDE_EFFECTS =
  /^(NoOp|Assert|Const|Placeholder.*|.*Summary|SaveV2|RestoreV2|Restore|Save|MergeV2Checkpoints|Assign.*|VarHandleOp|Variable(V2)?|ReadVariableOp|Print(V2)?|ShardedFilename|StringJoin|VarIsInitializedOp|IsVariableInitialized)$/;

/** Operators that hold, read, save and restore variables. */
const ON_VARIABLES =
  /^(NoOp|SaveV2|RestoreV2|RestoreSlice|Restore|Save|MergeV2Checkpoints|Assign|AssignVariableOp|VarHandleOp|Variable(V2)?|ReadVariableOp|ShardedFilename|StringJoin|VarIsInitializedOp|IsVariableInitialized)$/;

/** So many possible outputs are offered. */
const MAX_OFFERED = 8;

/**
 * Finds inputs and outputs by the names that users give: those of nodes, with or without `:0`, or
 * the keys of the signature.
 *
 * @param graph The graph.
 * @param options The names; without outputs those of the signature, else what no node reads.
 * @throws {FormatError} If there is no such node.
 */
export function modelEnds(
  graph: TensorflowGraph,
  { file, frozen, signature, inputShapes, outputs }: {
    readonly file: string;
    readonly frozen: boolean;
    readonly signature: Signature | undefined;
    readonly inputShapes: ReadonlyMap<string, readonly number[]>;
    readonly outputs: readonly string[];
  },
): ModelEnds {
  const plain = (name: string, keys: ReadonlyMap<string, SignatureTensor> | undefined): string => {
    const reference = name.replace(/:0$/, "");
    const known = graph.nodes.has(parseReference(reference).name);
    return known ? reference : keys?.get(name)?.name ?? reference;
  };
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of inputShapes) {
    const node = plain(name, signature?.inputs);
    if (!graph.nodes.has(node)) throw unknownNode(file, name, graph.nodes.keys());
    shapes.set(node, shape);
  }
  const own = signature === undefined
    ? unreadNodes(graph)
    : [...new Set(Array.from(signature.outputs.values(), ({ name }) => name))];
  const wanted = outputs.map((name) => plain(name, signature?.outputs));
  const outside = wanted.every((name) => graph.nodes.has(parseReference(name).name));
  const roots = wanted.length > 0 && outside ? wanted : own;
  if (roots.length === 0 || signature === undefined && !frozen && wanted.length === 0) {
    const some = own.slice(0, MAX_OFFERED).map((name) => `"${name}"`).join(", ");
    throw new FormatError(
      `Cannot open "${file}": it does not say what its outputs are; give them with --out-node ` +
        `NAME${some === "" ? "" : ` (no node reads ${some})`}`,
      { file },
    );
  }
  return { inputShapes: shapes, roots, outputs: wanted.length === 0 ? roots : wanted };
}

/** Whether a node is there for variables only, as an Identity that reads one is. */
export function servesVariables(
  { operator, inputs }: TensorflowNode,
  nodes: ReadonlyMap<string, TensorflowNode>,
): boolean {
  if (ON_VARIABLES.test(operator)) return true;
  const source = operator === "Identity" ? producerOf(inputs[0], nodes) : undefined;
  return source !== undefined && ON_VARIABLES.test(source.operator);
}

/** Whether a node hands on one side of a Switch, which steers nodes of that branch. */
function isBranchEnd(
  { operator, inputs }: TensorflowNode,
  nodes: ReadonlyMap<string, TensorflowNode>,
): boolean {
  const source = operator === "Identity" ? producerOf(inputs[0], nodes)?.operator : operator;
  return source === "Switch" || source === "RefSwitch";
}

function producerOf(
  reference: string | undefined,
  nodes: ReadonlyMap<string, TensorflowNode>,
): TensorflowNode | undefined {
  return reference === undefined ? undefined : nodes.get(parseReference(reference).name);
}

function unreadNodes({ nodes }: TensorflowGraph): string[] {
  const read = new Set<string>();
  for (const { inputs } of nodes.values()) {
    for (const input of inputs) read.add(parseReference(input).name);
  }
  return Array.from(nodes.values())
    .filter((node) =>
      !read.has(node.name) && !SIDE_EFFECTS.test(node.operator) && !isBranchEnd(node, nodes)
    )
    .map(({ name }) => name);
}

/** The error about a name that no node has; offers the nearest. */
export function unknownNode(
  file: string,
  name: string,
  names: Iterable<string>,
): FormatError {
  return new FormatError(
    `Cannot open "${file}": there is no node "${name}"${suggestName(name, names)}`,
    { file, found: name },
  );
}
