import type { FlatBufferLayout } from "./lay_out_flatbuffer.ts";

/**
 * Gives the bytes of a FlatBuffer from front to back. Payloads are read as they are reached.
 *
 * @throws {RangeError} If a payload has another length than announced.
 */
export async function* streamFlatBuffer(layout: FlatBufferLayout): AsyncGenerator<Uint8Array> {
  yield layout.head;
  let end = layout.head.byteLength;
  for (const { position, payload } of layout.payloads) {
    const count = new Uint8Array(position + 4 - end);
    const elements = payload.byteLength / payload.bytesPerElement;
    new DataView(count.buffer).setUint32(count.byteLength - 4, elements, true);
    yield count;
    let rest = payload.byteLength;
    for await (const chunk of payload.chunks()) {
      rest -= chunk.byteLength;
      yield chunk;
    }
    if (rest !== 0) {
      throw new RangeError(
        `Cannot write a tensor of ${payload.byteLength} bytes: ${payload.byteLength - rest} came`,
      );
    }
    end = position + 4 + payload.byteLength;
  }
  yield new Uint8Array(layout.byteLength - end);
}
