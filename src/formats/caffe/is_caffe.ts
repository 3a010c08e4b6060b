import { type SniffedField, sniffProtobuf } from "../../io/mod.ts";

/** Fields that a network in text form can begin with. */
const TEXT_FIELDS: ReadonlySet<string> = new Set([
  ...["name", "input", "input_dim", "input_shape", "layer", "layers", "state", "force_backward"],
  "debug_info",
]);

/** Wire types of the fields of `NetParameter` by number. */
const NET_FIELDS: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [2]], // name
  [2, [2]], // layers
  [3, [2]], // input
  [4, [0, 2]], // input_dim
  [5, [0]], // force_backward
  [6, [2]], // state
  [7, [0]], // debug_info
  [8, [2]], // input_shape
  [100, [2]], // layer
]);

/**
 * Tells whether a file looks like a Caffe network: a prototxt, or a caffemodel.
 *
 * @param head The first bytes of the file, some thousand at best.
 */
export function isCaffe(head: Uint8Array): boolean {
  return isPrototxt(head) || isCaffemodel(head);
}

/**
 * Tells whether a file looks like a Caffe network in text form: behind blanks and comments comes a
 * field of a network.
 *
 * @param head The first bytes of the file.
 */
export function isPrototxt(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head);
  const rest = text.replace(/^\uFEFF?(?:\s|#[^\n]*(?:\n|$))*/, "");
  // A long comment may fill all that is here.
  if (rest === "") return text.trimStart().startsWith("#");
  const [, name = ""] = /^([a-z_]+)\s*(?:[:{<]|$)/.exec(rest) ?? [];
  // Networks of Caffe2 in text form have the same beginning.
  return TEXT_FIELDS.has(name) && !/^name\s*:\s*"[^"\n]*"\s*(?:op\s*\{|type\s*:)/.test(rest);
}

function isCaffemodel(head: Uint8Array): boolean {
  for (const field of sniffProtobuf(head)) {
    if (NET_FIELDS.get(field.number)?.includes(field.wireType) !== true) return false;
    if (field.number === 100) return true;
    if (field.number === 2) return isV1Layer(field);
    if (field.number === 1 && !isPrintable(field.payload)) return false;
  }
  return false;
}

/** A layer of version 1 has its type as a number in field 5, or a version 0 layer in field 1. */
function isV1Layer({ payload }: SniffedField): boolean {
  for (const { number, wireType, payload: inner } of sniffProtobuf(payload)) {
    if (number === 5) return wireType === 0;
    if (number === 1) return wireType === 2 && !isPrintable(inner);
    if (wireType !== 2 || number > 4) return false;
  }
  return false;
}

/** Whether bytes are text rather than a message, whose tags are control characters. */
function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);
}
