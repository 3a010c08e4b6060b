import { FormatError } from "../../errors.ts";
import { suggestName } from "../../nearest_name.ts";
import { describeNode, formatShape } from "../operators/operator_call.ts";
import type { GraphDescription } from "./graph_description.ts";
import type { Node } from "../model.ts";

/** Gives every node a name of its own: empty names are filled in, later duplicates numbered. */
export function nameNodes(nodes: readonly Node[]): readonly Node[] {
  const given = new Set<string>();
  for (const { name } of nodes) given.add(name);
  const used = new Set<string>();
  return nodes.map((node, index) => {
    if (node.name !== "" && !used.has(node.name)) {
      used.add(node.name);
      return node;
    }
    const base = node.name === "" ? `${node.operator}_${index}` : node.name;
    let name = base;
    for (let count = 1; name === "" || given.has(name) || used.has(name); count++) {
      name = `${base}_${count}`;
    }
    used.add(name);
    return { ...node, name };
  });
}

/**
 * Checks that every value has one maker, that everything read is made by something, and that the
 * network inputs have sensible shapes.
 *
 * @throws {FormatError} Naming the first value or node that is wrong.
 */
export function checkNames(graph: GraphDescription): void {
  const makers = new Map<string, string>();
  const claim = (value: string, maker: string): void => {
    const other = makers.get(value);
    if (other !== undefined) {
      throw new FormatError(
        `Cannot build graph "${graph.name}": value "${value}" is made twice, ` +
          `by ${other} and by ${maker}`,
        { found: value },
      );
    }
    makers.set(value, maker);
  };
  for (const { name, shape } of graph.inputs) {
    claim(name, "a network input");
    if (shape.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 0)) {
      throw new FormatError(
        `Cannot build graph "${graph.name}": input "${name}" has shape ${formatShape(shape)}, ` +
          "expected dimensions of at least 0",
        { found: formatShape(shape) },
      );
    }
  }
  for (const name of graph.initializers.keys()) claim(name, "an initializer");
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== "") claim(output, describeNode(node));
  }
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input === "" || makers.has(input)) continue;
      throw new FormatError(
        `Cannot build graph "${graph.name}": ${describeNode(node)} reads "${input}", ` +
          `which nothing makes${suggestName(input, makers.keys())}`,
        { found: input },
      );
    }
  }
  checkOutputs(graph, makers);
}

function checkOutputs(graph: GraphDescription, makers: ReadonlyMap<string, string>): void {
  if (graph.outputNames.length === 0) {
    throw new FormatError(`Cannot build graph "${graph.name}": it has no outputs, expected one`);
  }
  const seen = new Set<string>();
  for (const name of graph.outputNames) {
    if (!makers.has(name)) {
      throw new FormatError(
        `Cannot build graph "${graph.name}": nothing makes its output ` +
          `"${name}"${suggestName(name, makers.keys())}`,
        { found: name },
      );
    }
    if (seen.has(name)) {
      throw new FormatError(
        `Cannot build graph "${graph.name}": output "${name}" is listed twice, expected once`,
        { found: name },
      );
    }
    seen.add(name);
  }
}
