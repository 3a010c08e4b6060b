import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { ValueInfo } from "../../../graph/mod.ts";
import type { DlcDocument4, DlcGraph, DlcOperator, DlcTensor } from "../document.ts";
import { readMetadata } from "../lower/read_metadata.ts";
import type { NormalGraph } from "../normal/normal_graph.ts";
import { readQuantization, readStatic, valueType } from "./data_type_codes.ts";
import { READ_DETECTION } from "./detection.ts";
import { READ_ELEMENTWISE } from "./elementwise.ts";
import { READ_MATRIX } from "./matrix.ts";
import {
  operatorError,
  OperatorReader,
  type ReadOperator,
  readParameters,
} from "./operator_reader.ts";
import { READ_RESIZING } from "./resizing.ts";
import { READ_SHAPING } from "./shaping.ts";
import { READ_STATISTICS } from "./statistics.ts";
import { READ_WINDOWS } from "./windows.ts";

const READ: Readonly<Record<string, ReadOperator>> = {
  ...READ_DETECTION,
  ...READ_ELEMENTWISE,
  ...READ_MATRIX,
  ...READ_RESIZING,
  ...READ_SHAPING,
  ...READ_STATISTICS,
  ...READ_WINDOWS,
};

/** The operator types of version 4 that have a known meaning, in alphabetical order. */
export function readOperatorTypes(): readonly string[] {
  return Object.keys(READ).sort();
}

/** Roles of tensors. */
const ROLE = { input: 0, output: 1, both: 2, intermediate: 3, static: 4 } as const;

/**
 * Reads the operators of a version 4 document into a graph in normal form and stored layout.
 *
 * @throws {UnsupportedError} If an operator type or a number in its attributes has no known meaning,
 *   or the file has several graphs.
 * @throws {FormatError} If operators and tensors contradict one another.
 */
export async function readOperators(document: DlcDocument4): Promise<NormalGraph> {
  const [graph, ...others] = document.graphs;
  if (graph === undefined) throw new FormatError("Cannot read DLC: it has no graph, expected one");
  if (others.length > 0) {
    throw new UnsupportedError(
      `Cannot read DLC: it has ${document.graphs.length} graphs; a file with one would work`,
    );
  }
  const reader = new OperatorReader(graph, await readParameters(graph));
  for (const tensor of graph.tensors) readTensor(tensor, reader);
  for (const operator of graph.operators) readOperator(operator, reader);
  return {
    name: graph.name,
    inputs: namesOf(graph, ROLE.input),
    outputs: namesOf(graph, ROLE.output),
    nodes: reader.graph.nodes,
    values: valuesOf(reader),
    constants: reader.graph.constants,
    activations: reader.graph.activations,
    metadata: readMetadata(document),
  };
}

function namesOf(graph: DlcGraph, role: number): readonly string[] {
  return graph.tensors.filter((tensor) => tensor.role === role || tensor.role === ROLE.both)
    .map(({ name }) => name);
}

function readTensor(tensor: DlcTensor, reader: OperatorReader): void {
  const { name, role, shape } = tensor;
  const { shapes, constants, activations, types } = reader.graph;
  if (shapes.has(name) || constants.has(name)) {
    throw new FormatError(`Cannot read tensor "${name}": the graph has two of that name`);
  }
  if (shape.some((size) => size < 1)) {
    throw new FormatError(
      `Cannot read tensor "${name}": its dims are [${shape}], expected positive`,
    );
  }
  if (role === ROLE.static) {
    constants.set(name, { ...readStatic(tensor), name });
    return;
  }
  shapes.set(name, shape);
  types.set(name, valueType(tensor));
  const encoding = readQuantization(tensor);
  if (encoding === undefined) return;
  if (encoding.axis !== undefined) {
    throw new UnsupportedError(
      `Cannot read tensor "${name}": an activation with encodings on axis ${encoding.axis}; one ` +
        "encoding would work",
    );
  }
  activations.set(name, encoding);
}

function readOperator(operator: DlcOperator, reader: OperatorReader): void {
  const read = Object.hasOwn(READ, operator.type) ? READ[operator.type] : undefined;
  if (read === undefined) {
    throw new UnsupportedError(
      `Cannot read operator "${operator.name}": its type "${operator.type}" has no known meaning; ` +
        `known are ${Object.keys(READ).sort().join(", ")}`,
      { node: operator.name, operator: operator.type },
    );
  }
  for (const name of [...operator.inputs, ...operator.outputs]) {
    if (name !== "") reader.shape(operator, name);
  }
  for (const name of operator.outputs) {
    if (reader.graph.constants.has(name)) {
      throw operatorError(operator, `it writes static tensor "${name}"`, "a tensor that flows");
    }
  }
  read(operator, reader);
}

function valuesOf(reader: OperatorReader): ReadonlyMap<string, ValueInfo> {
  const values = new Map<string, ValueInfo>();
  for (const [name, shape] of reader.graph.shapes) {
    values.set(name, { name, dtype: reader.graph.types.get(name) ?? "float32", shape });
  }
  return values;
}
