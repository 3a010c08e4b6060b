import { checkUnique } from "../check_unique.ts";
import type { DlcGraph, DlcOperator, DlcTensor } from "../document.ts";
import { type Table, table, type TableField, tablesOf, text, texts } from "../flatbuffer/mod.ts";
import type { SourceRange } from "../source_range.ts";
import { SECOND_NAME_SLOT } from "../unconfirmed_container.ts";
import { describeAttributes, readAttributes } from "./attributes.ts";
import type { GraphParameters } from "./read_parameters4.ts";
import { describeTensors, type FindData, readTensor } from "./tensors.ts";

const GRAPH = { name: 0, operators: 1, tensors: 2 } as const;
const OPERATOR = { name: 0, type: 1, inputs: 2, outputs: 3, attributes: 4 } as const;

/**
 * Reads a graph and gives its tensors their elements.
 *
 * @param parameters Where elements lie, by graph name; what belongs to the graph is taken out.
 */
export async function readGraph(
  graph: Table,
  parameters: Map<string, GraphParameters>,
): Promise<DlcGraph> {
  const name = await graph.text(GRAPH.name);
  const own = parameters.get(name);
  if (own === undefined) throw graph.damaged(`parameters of graph "${name}"`, "none", "some");
  parameters.delete(name);
  const tensors = await readTensors(graph, takeFrom(own.tensors));
  refuseRest(graph, `graph "${name}"`, own.tensors);
  const operators = await readOperators(graph, own.operators);
  if (operators.length < own.operators.length) {
    const found = own.operators.length;
    throw graph.damaged(`parameters of operators of graph "${name}"`, found, operators.length);
  }
  return { name, operators, tensors };
}

async function readTensors(graph: Table, findData: FindData): Promise<DlcTensor[]> {
  const tensors = new Map<string, DlcTensor>();
  for await (const item of graph.tables(GRAPH.tensors)) {
    const tensor = await readTensor(item, findData);
    if (tensors.has(tensor.name)) {
      throw item.damaged("names of tensors", `"${tensor.name}" twice`, "each once");
    }
    tensors.set(tensor.name, tensor);
  }
  return [...tensors.values()];
}

async function readOperators(
  graph: Table,
  parameters: GraphParameters["operators"],
): Promise<DlcOperator[]> {
  const operators: DlcOperator[] = [];
  for await (const operator of graph.tables(GRAPH.operators)) {
    const name = await operator.text(OPERATOR.name);
    const own = parameters[operators.length];
    if (own === undefined) {
      throw operator.damaged(`parameters of operator "${name}"`, "none", "one list per operator");
    }
    operators.push({
      name,
      type: await operator.text(OPERATOR.type),
      inputs: await operator.texts(OPERATOR.inputs),
      outputs: await operator.texts(OPERATOR.outputs),
      attributes: await readAttributes(operator, OPERATOR.attributes, takeFrom(own)),
    });
    refuseRest(operator, `operator "${name}"`, own);
  }
  return operators;
}

function takeFrom(elements: Map<string, SourceRange>): FindData {
  return (name) => {
    const range = elements.get(name);
    elements.delete(name);
    return range;
  };
}

function refuseRest(owner: Table, subject: string, rest: ReadonlyMap<string, SourceRange>): void {
  const [name] = rest.keys();
  if (name === undefined) return;
  throw owner.damaged(`parameters of ${subject}`, `"${name}"`, "only its static tensors");
}

/** Describes a graph for writing; the elements of its tensors are described with the parameters. */
export function describeGraph(graph: DlcGraph, version: "4.0" | "4.1"): TableField {
  checkUnique(`tensors of graph "${graph.name}"`, graph.tensors);
  return table({
    [GRAPH.name]: text(graph.name),
    [GRAPH.operators]: tablesOf(graph.operators, (operator) =>
      table({
        [OPERATOR.name]: text(operator.name),
        [OPERATOR.type]: text(operator.type),
        [OPERATOR.inputs]: texts(operator.inputs),
        [OPERATOR.outputs]: texts(operator.outputs),
        [OPERATOR.attributes]: describeAttributes(operator.attributes, version),
      })),
    [GRAPH.tensors]: describeTensors(graph.tensors, version),
    ...(version === "4.1" && { [SECOND_NAME_SLOT]: text(graph.name) }),
  });
}
