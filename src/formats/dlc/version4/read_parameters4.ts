import { FlatBufferReader, type Table } from "../flatbuffer/mod.ts";
import { openFlatBuffer } from "../header.ts";
import { MEMBER } from "../member_names.ts";
import type { SourceRange } from "../source_range.ts";
import { orderWithoutIndex } from "../unconfirmed_container.ts";

/** Slots of the tables of `NETP`. */
export const PARAMETER_SLOT = {
  root: { graphs: 0 },
  graph: { name: 0, tensors: 1, operators: 2 },
  operator: { tensors: 0 },
  tensor: { name: 0, bytes: 1, index: 2, position: 3 },
  position: { offset: 0, byteLength: 1 },
} as const;

/** Slots of the root of `NR64` and of its buffers. */
const BUFFER_SLOT = { root: { buffers: 0, records: 1 }, buffer: { bytes: 0 } } as const;

/** `NETP` holds a record for each tensor; `NR64` holds buffers, and a `NETP` inside. */
export const IDENTIFIER = { records: "NETP", buffers: "NR64" } as const;

/** Where the elements of a graph's tensors lie, by tensor name. */
export interface GraphParameters {
  /** Static tensors of the graph. */
  readonly tensors: Map<string, SourceRange>;
  /** Parameter tensors of each operator, in the order of the operators. */
  readonly operators: readonly Map<string, SourceRange>[];
}

/** What a record says about a tensor. */
interface TensorRecord {
  readonly name: string;
  /** Where the elements lie; `undefined` if the order of the buffers decides. */
  readonly elements: SourceRange | undefined;
}

/** The records of a graph. */
interface GraphRecords {
  readonly name: string;
  readonly tensors: readonly TensorRecord[];
  readonly operators: readonly (readonly TensorRecord[])[];
}

/** What a record can refer to. */
interface Storage {
  /** The member `model.params.bin`. */
  readonly tensors: SourceRange | undefined;
  /** The buffers of `NR64`. */
  readonly buffers: readonly SourceRange[] | undefined;
}

/**
 * Reads where the elements of all tensors lie, by graph name. Three forms are known: a position in
 * `model.params.bin`, an index into the buffers of `NR64`, or the bytes themselves.
 *
 * @param parameters The member `model.params`.
 * @param tensors The member `model.params.bin`, if there is one.
 */
export async function readParameters4(
  parameters: SourceRange,
  tensors: SourceRange | undefined,
): Promise<Map<string, GraphParameters>> {
  const identifiers = Object.values(IDENTIFIER);
  const { reader, identifier } = await openFlatBuffer(parameters, MEMBER.parameters, identifiers);
  let root = await reader.root();
  let buffers: readonly SourceRange[] | undefined;
  if (identifier === IDENTIFIER.buffers) {
    buffers = await readBuffers(root);
    const records = await root.payload(BUFFER_SLOT.root.records, 1);
    if (records === undefined) throw root.damaged("records of NR64", "none", "a FlatBuffer");
    const inner = new FlatBufferReader(records);
    const found = await inner.identifier();
    if (found !== IDENTIFIER.records) {
      throw root.damaged(
        "identifier inside NR64",
        JSON.stringify(found),
        `"${IDENTIFIER.records}"`,
      );
    }
    root = await inner.root();
  }
  const graphs = new Map<string, GraphParameters>();
  for await (const graph of root.tables(PARAMETER_SLOT.root.graphs)) {
    const records = await readGraphRecords(graph, { tensors, buffers });
    if (graphs.has(records.name)) {
      throw graph.damaged("graphs with parameters", `"${records.name}" twice`, "each once");
    }
    graphs.set(records.name, placeBuffers(graph, records, buffers));
  }
  return graphs;
}

async function readBuffers(root: Table): Promise<SourceRange[]> {
  const buffers: SourceRange[] = [];
  for await (const buffer of root.tables(BUFFER_SLOT.root.buffers)) {
    const bytes = await buffer.payload(BUFFER_SLOT.buffer.bytes, 1);
    if (bytes === undefined) throw buffer.damaged("bytes of a buffer", "none", "some");
    buffers.push(bytes);
  }
  return buffers;
}

async function readGraphRecords(graph: Table, storage: Storage): Promise<GraphRecords> {
  const operators: TensorRecord[][] = [];
  for await (const operator of graph.tables(PARAMETER_SLOT.graph.operators)) {
    operators.push(await readRecords(operator, PARAMETER_SLOT.operator.tensors, storage));
  }
  return {
    name: await graph.text(PARAMETER_SLOT.graph.name),
    tensors: await readRecords(graph, PARAMETER_SLOT.graph.tensors, storage),
    operators,
  };
}

async function readRecords(parent: Table, slot: number, storage: Storage): Promise<TensorRecord[]> {
  const records = new Map<string, TensorRecord>();
  for await (const record of parent.tables(slot)) {
    const name = await record.text(PARAMETER_SLOT.tensor.name);
    if (records.has(name)) throw record.damaged("names of tensors", `"${name}" twice`, "each once");
    records.set(name, { name, elements: await findElements(record, name, storage) });
  }
  return [...records.values()];
}

async function findElements(
  record: Table,
  name: string,
  { tensors, buffers }: Storage,
): Promise<SourceRange | undefined> {
  const slots = PARAMETER_SLOT.tensor;
  const position = await record.table(slots.position);
  if (position !== undefined && tensors !== undefined) {
    const offset = position.int64(PARAMETER_SLOT.position.offset);
    const byteLength = position.int64(PARAMETER_SLOT.position.byteLength);
    if (offset < 0 || byteLength < 0 || offset + byteLength > tensors.byteLength) {
      throw position.damaged(
        `position of tensor "${name}"`,
        `bytes ${offset} to ${offset + byteLength}`,
        `inside the ${tensors.byteLength} bytes of "${MEMBER.tensors}"`,
      );
    }
    return { source: tensors.source, offset: tensors.offset + offset, byteLength };
  }
  if (buffers !== undefined) {
    if (!record.has(slots.index)) return undefined;
    const index = record.int64(slots.index);
    const buffer = buffers[index];
    if (buffer !== undefined) return buffer;
    throw record.damaged(`buffer of tensor "${name}"`, index, `0 to ${buffers.length - 1}`);
  }
  const bytes = await record.payload(slots.bytes, 1);
  if (bytes !== undefined) return bytes;
  const needed = position === undefined ? "bytes or a position" : `a member "${MEMBER.tensors}"`;
  throw record.damaged(`elements of tensor "${name}"`, "none", needed);
}

/**
 * Completes the records of `NR64` that have no index. Where others have one, it is 0, the default that
 * writers leave out; where none has, the order of the tensors decides.
 */
function placeBuffers(
  graph: Table,
  { tensors, operators }: GraphRecords,
  buffers: readonly SourceRange[] = [],
): GraphParameters {
  const ordered = orderWithoutIndex(tensors, operators);
  const indexed = ordered.some((record) => record.elements !== undefined);
  const order = new Map(ordered.map((record, index) => [record, indexed ? 0 : index]));
  const place = (records: readonly TensorRecord[]): Map<string, SourceRange> =>
    new Map(records.map((record) => {
      const index = order.get(record) ?? 0;
      const elements = record.elements ?? buffers[index];
      if (elements !== undefined) return [record.name, elements];
      throw graph.damaged(`buffer of tensor "${record.name}"`, index, `below ${buffers.length}`);
    }));
  return { tensors: place(tensors), operators: operators.map(place) };
}
