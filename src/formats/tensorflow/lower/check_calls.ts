import { FormatError, UnsupportedError } from "../../../errors.ts";
import { MAX_CALL_DEPTH, MAX_LOWERED_NODES } from "../proto/limits.ts";
import type { TensorflowFunction } from "../proto/read_function_def.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { type GraphScope, parseReference } from "./graph_scope.ts";
import { readsBack } from "./order_nodes.ts";

/** The attributes that name functions to be put in place of a node. */
const CALLS: ReadonlyMap<string, readonly string[]> = new Map([
  ["If", ["then_branch", "else_branch"]],
  ["PartitionedCall", ["f"]],
  ["StatefulPartitionedCall", ["f"]],
  ["StatelessIf", ["then_branch", "else_branch"]],
]);

/**
 * Checks what functions become when each is put in the place of its calls, before any is.
 *
 * @param scope The nodes of the graph.
 * @param references What is wanted of them.
 * @param options The file for messages, and its functions.
 * @throws {UnsupportedError} If a function calls itself, or calls are nested too deep.
 * @throws {FormatError} If there would be too many nodes.
 */
export function checkCalls(
  scope: GraphScope,
  references: readonly string[],
  { file, functions }: {
    readonly file: string;
    readonly functions: ReadonlyMap<string, TensorflowFunction>;
  },
): void {
  const sizes = new Map<string, number>();
  const open: string[] = [];
  const sizeOf = (nodes: readonly TensorflowNode[], who: string): number => {
    let size = nodes.length;
    for (const node of nodes) {
      const bodies = calledFunctions(node, functions).map(sizeOfFunction);
      size += bodies.length === 0 ? 0 : Math.max(...bodies);
    }
    if (size <= MAX_LOWERED_NODES) return size;
    throw new FormatError(
      `Cannot read "${file}": with the functions it calls put in place ${who} has more than ` +
        `${MAX_LOWERED_NODES} nodes`,
      { file, expected: `at most ${MAX_LOWERED_NODES}` },
    );
  };
  const sizeOfFunction = (name: string): number => {
    const known = sizes.get(name);
    const body = functions.get(name);
    if (known !== undefined || body === undefined) return known ?? 0;
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].map((one) => `"${one}"`);
      throw new UnsupportedError(
        `Cannot convert "${file}": function ${circle.join(" calls ")}; functions that call ` +
          `themselves are not supported`,
      );
    }
    if (open.length >= MAX_CALL_DEPTH) {
      throw new UnsupportedError(
        `Cannot convert "${file}": the calls in function "${open[0]}" are nested more than ` +
          `${MAX_CALL_DEPTH} deep`,
      );
    }
    open.push(name);
    const nodes = new Map(body.nodes.map((node) => [node.name, node]));
    const size = sizeOf(reachedNodes(nodes, body.results), `function "${name}"`);
    open.pop();
    sizes.set(name, size);
    return size;
  };
  sizeOf(reachedNodes(scope.nodes, references, scope.given), "the graph");
}

function calledFunctions(
  { operator, attributes }: TensorflowNode,
  functions: ReadonlyMap<string, TensorflowFunction>,
): readonly string[] {
  if (functions.has(operator)) return [operator];
  return (CALLS.get(operator) ?? []).flatMap((name) => {
    const value = attributes.get(name);
    return value?.kind === "function" ? [value.value.name] : [];
  });
}

/** The nodes that outputs depend on. */
function reachedNodes(
  nodes: ReadonlyMap<string, TensorflowNode>,
  references: readonly string[],
  given: ReadonlyMap<string, unknown> = new Map(),
): readonly TensorflowNode[] {
  const reached = new Set<TensorflowNode>();
  const left = [...references];
  for (let reference = left.pop(); reference !== undefined; reference = left.pop()) {
    const { name } = parseReference(reference);
    const node = given.has(name) ? undefined : nodes.get(name);
    if (node === undefined || reached.has(node)) continue;
    reached.add(node);
    if (!readsBack(node)) { for (const input of node.inputs) left.push(input); }
  }
  return [...reached];
}
