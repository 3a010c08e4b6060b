/** A field at the beginning of what may be a protobuf message. */
export interface SniffedField {
  /** The field number. */
  readonly number: number;
  /** How it is stored. */
  readonly wireType: number;
  /** As much of the payload as is there. */
  readonly payload: Uint8Array;
}

/**
 * Walks the fields at the beginning of a file, as far as its first bytes go, to tell what kind of
 * message it may be. It checks nothing and stops where there is no field.
 *
 * @param head The first bytes of the file, or of the payload of a field.
 */
export function* sniffProtobuf(head: Uint8Array): Generator<SniffedField> {
  let position = 0;
  while (position < head.length) {
    const tag = readVarint(head, position);
    const [number, wireType] = [Math.floor(tag.value / 8), tag.value % 8];
    if (!Number.isSafeInteger(tag.value) || number === 0) return;
    let [start, length] = [tag.next, wireType === 1 ? 8 : 4];
    if (wireType === 0 || wireType === 2) {
      const { value, next } = readVarint(head, start);
      if (wireType === 0) length = next - start;
      else [start, length] = [next, value];
    } else if (wireType !== 1 && wireType !== 5) return;
    position = start + length;
    yield { number, wireType, payload: head.subarray(start, position) };
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  for (let index = start; index < Math.min(bytes.length, start + 10); index++) {
    const byte = bytes[index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (index - start));
    if (byte < 0x80) return { value, next: index + 1 };
  }
  return { value: Infinity, next: bytes.length };
}
