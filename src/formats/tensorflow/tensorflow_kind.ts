/** What a file of TensorFlow holds. */
export type TensorflowKind = "graph" | "saved model" | "meta graph";

/** A field of a message: its tag, and where its payload lies. */
interface HeadField {
  readonly tag: number;
  readonly value: number;
  readonly start: number;
}

/**
 * Tells what a file of TensorFlow holds: a `GraphDef`, whose first field is a node with name and
 * operator; a `SavedModel`, whose first field is version 1 and the second a meta graph; or a
 * `MetaGraphDef`, whose first field is a `MetaInfoDef`.
 *
 * @param head The first bytes of the file, some hundred at best.
 * @returns What it looks like, or `undefined` if like nothing of TensorFlow.
 */
export function tensorflowKind(head: Uint8Array): TensorflowKind | undefined {
  const first = readField(head, 0);
  if (first === undefined) return undefined;
  if (first.tag === 0x08) {
    const second = readField(head, first.start);
    return first.value === 1 && second?.tag === 0x12 && isMetaGraph(head, second.start)
      ? "saved model"
      : undefined;
  }
  if (first.tag === 0x0a && isNode(head, first)) return "graph";
  return isMetaGraph(head, 0) ? "meta graph" : undefined;
}

/** A `NodeDef` begins with its name and its operator, both words. */
function isNode(head: Uint8Array, { start, value }: HeadField): boolean {
  const name = readField(head, start);
  if (name?.tag !== 0x0a || name.value === 0 || !isWord(head[name.start])) return false;
  const next = name.start + name.value;
  if (next >= head.length) return next < start + value;
  const operator = readField(head, next);
  return operator?.tag === 0x12 && operator.value > 0 && isWord(head[operator.start]);
}

/**
 * A `MetaGraphDef` begins with its `MetaInfoDef`, and that with a list of operators, each with a
 * name, or with tags.
 */
function isMetaGraph(head: Uint8Array, position: number): boolean {
  const info = readField(head, position);
  if (info?.tag !== 0x0a) return false;
  let field = readField(head, info.start);
  if (field?.tag === 0x0a) field = readField(head, field.start + field.value);
  if (field?.tag === 0x22) return isWord(head[field.start]);
  if (field?.tag !== 0x12) return false;
  const operator = readField(head, field.start);
  const name = operator?.tag === 0x0a ? readField(head, operator.start) : undefined;
  return name?.tag === 0x0a && isWord(head[name.start]);
}

/** The characters that names of nodes, operators and tags begin with. */
function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[A-Za-z0-9_.]/.test(String.fromCharCode(byte));
}

function readField(head: Uint8Array, position: number): HeadField | undefined {
  const tag = head[position];
  if (tag === undefined) return undefined;
  let value = 0;
  for (let index = position + 1, scale = 1; index < head.length && scale < 2 ** 50; index++) {
    const byte = head[index] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { tag, value, start: index + 1 };
    scale *= 128;
  }
  return undefined;
}
