import { type SniffedField, sniffProtobuf } from "../../io/mod.ts";

/** Wire types of the fields of `NetDef` by number. */
const NET_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, 2], // name
  [2, 2], // op
  [3, 2], // type
  [4, 0], // num_workers
  [5, 2], // device_option
  [6, 2], // arg
  [7, 2], // external_input
  [8, 2], // external_output
]);

/**
 * Tells whether a file looks like a net of Caffe2: fields of `NetDef` with an operator among them,
 * which has its type as text in field 4.
 *
 * @param head The first bytes of the file, some thousand at best.
 */
export function isCaffe2(head: Uint8Array): boolean {
  for (const { number, wireType, payload } of sniffProtobuf(head)) {
    if (NET_FIELDS.get(number) !== wireType) return false;
    if ((number === 1 || number === 3) && !isPrintable(payload)) return false;
    if (number === 2) return isOperator(payload);
  }
  return false;
}

function isOperator(payload: Uint8Array): boolean {
  for (const { number, wireType, payload: inner } of sniffProtobuf(payload)) {
    if (wireType !== 2) return false;
    if (number === 4) return /^[A-Za-z]\w*$/.test(new TextDecoder().decode(inner));
    if (number === 5) return isArgument({ number, wireType, payload: inner });
    if (number > 5 || !isPrintable(inner)) return false;
  }
  return false;
}

/** Arguments may come before the type; each begins with its name. */
function isArgument({ payload }: SniffedField): boolean {
  const [first] = sniffProtobuf(payload);
  return first?.number === 1 && first.wireType === 2 && isPrintable(first.payload);
}

/** Whether bytes are text rather than a message, whose tags are control characters. */
function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte !== 0x7f);
}
