import { type SniffedField, sniffProtobuf } from "../../io/mod.ts";

/** What a file of TensorFlow holds. */
export type TensorflowKind = "graph" | "saved model" | "meta graph";

/**
 * Tells what a file of TensorFlow holds: a `GraphDef`, whose first field is a node with name and
 * operator; a `SavedModel`, whose first field is version 1 and the second a meta graph; or a
 * `MetaGraphDef`, whose first field is a `MetaInfoDef`.
 *
 * @param head The first bytes of the file, some hundred at best.
 * @returns What it looks like, or `undefined` if like nothing of TensorFlow.
 */
export function tensorflowKind(head: Uint8Array): TensorflowKind | undefined {
  const [first, second] = sniffProtobuf(head);
  if (first?.number === 1 && first.wireType === 0) {
    const meta = messageOf(second, 2);
    return first.payload[0] === 1 && meta !== undefined && isMetaGraph(meta)
      ? "saved model"
      : undefined;
  }
  const node = messageOf(first, 1);
  if (node !== undefined && isNode(node)) return "graph";
  return isMetaGraph(head) ? "meta graph" : undefined;
}

/** A `NodeDef` begins with its name and its operator, both words. */
function isNode(node: Uint8Array): boolean {
  const [name, operator] = sniffProtobuf(node);
  if (!isWord(messageOf(name, 1))) return false;
  // A long name may fill all that is there.
  return operator === undefined || isWord(messageOf(operator, 2));
}

/**
 * A `MetaGraphDef` begins with its `MetaInfoDef`, and that with a list of operators, each with a
 * name, or with tags; a version may stand before them.
 */
function isMetaGraph(meta: Uint8Array): boolean {
  const [info] = sniffProtobuf(meta);
  const [version, behind] = sniffProtobuf(messageOf(info, 1) ?? new Uint8Array());
  const field = version?.number === 1 ? behind : version;
  if (field?.number === 4) return isWord(messageOf(field, 4));
  const [operator] = sniffProtobuf(messageOf(field, 2) ?? new Uint8Array());
  const [name] = sniffProtobuf(messageOf(operator, 1) ?? new Uint8Array());
  return isWord(messageOf(name, 1));
}

/** The payload of a field with a length, if it has this number. */
function messageOf(field: SniffedField | undefined, number: number): Uint8Array | undefined {
  return field?.number === number && field.wireType === 2 ? field.payload : undefined;
}

/** Whether text begins as the names of nodes, operators and tags do. */
function isWord(text: Uint8Array | undefined): boolean {
  const [byte] = text ?? [];
  return byte !== undefined && /[A-Za-z0-9_.]/.test(String.fromCharCode(byte));
}
