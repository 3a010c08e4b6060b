import type { ReadChunksOptions } from "../../../tensor/mod.ts";
import { checkUnique } from "../check_unique.ts";
import type { DlcDocument4, DlcGraph } from "../document.ts";
import { layOutFlatBuffer, table, tablesOf } from "../flatbuffer/mod.ts";
import { composeMember, openFlatBuffer } from "../header.ts";
import { MEMBER } from "../member_names.ts";
import type { SourceRange } from "../source_range.ts";
import type { NewMember } from "../zip/mod.ts";
import { describeParameters4 } from "./describe_parameters4.ts";
import { describeGraph, readGraph } from "./graphs.ts";
import { IDENTIFIER, readParameters4 } from "./read_parameters4.ts";
import { TensorLayout } from "./tensor_layout.ts";

/** Slots of the root of `model`. */
const SLOT = { graphs: 0 } as const;

/** Identifier of `model`. */
const MODEL_IDENTIFIER = "NETD";

/** The members that a version 4 network is read from. */
export interface NetworkMembers4 {
  /** The graphs. */
  readonly model: SourceRange;
  /** The records of the tensors. */
  readonly parameters: SourceRange;
  /** The elements of the tensors, from 4.1 on. */
  readonly tensors: SourceRange | undefined;
}

/**
 * Reads the graphs of a version 4 network.
 *
 * @throws {FormatError} If the members are damaged or do not belong together.
 * @throws {UnsupportedError} If a tensor is of a type or quantization that is not read.
 */
export async function readNetwork4(members: NetworkMembers4): Promise<DlcGraph[]> {
  const parameters = await readParameters4(members.parameters, members.tensors);
  const { reader } = await openFlatBuffer(members.model, MEMBER.model, [MODEL_IDENTIFIER]);
  const root = await reader.root();
  const graphs: DlcGraph[] = [];
  for await (const graph of root.tables(SLOT.graphs)) {
    graphs.push(await readGraph(graph, parameters));
  }
  for (const name of parameters.keys()) {
    throw root.damaged("graphs with parameters", `"${name}", which the model lacks`, "its graphs");
  }
  return graphs;
}

/**
 * Describes the members of a version 4 network. Version 4.1 has the elements of tensors in a member of
 * their own; version 4.0 has them inside `model.params`.
 *
 * @param options How tensors are read.
 * @throws {UnsupportedError} If all tensors together are too large for 4.0.
 */
export function composeNetwork4(
  { graphs, version }: Pick<DlcDocument4, "graphs" | "version">,
  options: ReadChunksOptions,
): NewMember[] {
  checkUnique("graphs", graphs);
  const model = table({
    [SLOT.graphs]: tablesOf(graphs, (graph) => describeGraph(graph, version)),
  });
  const layout = version === "4.1" ? new TensorLayout(options) : undefined;
  const parameters = describeParameters4(graphs, layout ?? options);
  return [
    composeMember(MEMBER.model, version, layOutFlatBuffer(model, MODEL_IDENTIFIER)),
    composeMember(MEMBER.parameters, version, layOutFlatBuffer(parameters, IDENTIFIER.records)),
    ...(layout === undefined ? [] : [layout.compose()]),
  ];
}
