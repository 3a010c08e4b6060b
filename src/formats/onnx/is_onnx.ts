/** Tag bytes of `ModelProto` fields that are one byte long: `(number << 3) | wire type`. */
const MODEL_TAGS: ReadonlySet<number> = new Set([
  0x08, // ir_version
  0x12, // producer_name
  0x1a, // producer_version
  0x22, // domain
  0x28, // model_version
  0x32, // doc_string
  0x3a, // graph
  0x42, // opset_import
  0x72, // metadata_props
]);

/** Tags of `GraphProto` fields: a graph begins with one of them. */
const GRAPH_TAGS: ReadonlySet<number> = new Set([
  0x0a, // node
  0x12, // name
  0x2a, // initializer
  0x52, // doc_string
  0x5a, // input
  0x62, // output
  0x6a, // value_info
  0x72, // quantization_annotation
  0x7a, // sparse_initializer
]);

/** No `ir_version` will be larger for a long time. */
const MAX_IR_VERSION = 127;

/**
 * Tells whether a file looks like an ONNX model: its first fields are fields of `ModelProto`, and
 * among them is a plausible `ir_version` or `graph`.
 *
 * @param head The first bytes of the file, some hundred at best.
 */
export function isOnnx(head: Uint8Array): boolean {
  let position = 0;
  while (position < head.length) {
    const tag = head[position++] ?? 0;
    if (!MODEL_TAGS.has(tag)) return false;
    const { value, next } = readVarint(head, position);
    if (tag === 0x08) return value >= 1 && value <= MAX_IR_VERSION;
    if (tag === 0x3a) return GRAPH_TAGS.has(head[next] ?? 0);
    position = (tag & 7) === 0 ? next : next + value;
  }
  return false;
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let next = start;
  for (let shift = 0; shift < 70 && next < bytes.length; shift += 7) {
    const byte = bytes[next++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next };
  }
  return { value: Infinity, next };
}
