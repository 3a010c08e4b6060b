import { parseReference } from "../lower/graph_scope.ts";
import type { TensorflowGraph } from "../proto/read_graph_def.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";

type Nodes = ReadonlyMap<string, TensorflowNode>;

const ASSIGNING = new Set(["Assign", "AssignVariableOp"]);

const CALLING = new Set(["PartitionedCall", "StatefulPartitionedCall"]);

/** The longest way from an assignment back to what is restored. */
const MAX_STEPS = 8;

/**
 * Reads from the graph's own restoring of variables which tensor of the checkpoint each one gets:
 * what is assigned to it is an output of a RestoreV2, whose names are constant. TensorFlow 2 does
 * that in a function which the restoring node calls with all variables.
 *
 * @param graph The graph.
 * @param restoreNode The node that restores; empty if not known.
 * @returns Keys of the checkpoint by the names of the nodes that make the variables.
 */
export function restoredVariables(
  { nodes, functions }: TensorflowGraph,
  restoreNode: string,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  collect(nodes, (variable, key) => keys.set(variable, key));
  const call = nodes.get(parseReference(restoreNode).name);
  const callee = call !== undefined && CALLING.has(call.operator)
    ? call.attributes.get("f")
    : undefined;
  const body = callee?.kind === "function" ? functions.get(callee.value.name) : undefined;
  if (body !== undefined) {
    const inner = new Map(body.nodes.map((node) => [node.name, node]));
    collect(inner, (argument, key) => {
      const input = call?.inputs[body.arguments.indexOf(argument)];
      if (input !== undefined) keys.set(sourceOf(nodes, input).name, key);
    });
  }
  return keys;
}

/** Reports each variable or argument that something restored is assigned to. */
function collect(nodes: Nodes, report: (variable: string, key: string) => void): void {
  for (const node of nodes.values()) {
    if (!ASSIGNING.has(node.operator)) continue;
    const [variable = "", value = ""] = node.inputs;
    const { name, index } = sourceOf(nodes, value);
    const restore = nodes.get(name);
    if (restore?.operator !== "RestoreV2") continue;
    const names = nodes.get(restore.inputs[1] ?? "")?.attributes.get("value");
    const key = names?.kind === "tensor" ? names.value.texts[index] : undefined;
    if (key !== undefined) report(sourceOf(nodes, variable).name, key);
  }
}

/** Goes back through nodes that hand on what they get. */
function sourceOf(nodes: Nodes, reference: string): { name: string; index: number } {
  let found = parseReference(reference);
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const node = nodes.get(found.name);
    const passes = node?.operator === "Identity" || node?.operator === "Cast";
    if (!passes) break;
    found = parseReference(node.inputs[0] ?? "");
  }
  return found;
}
