import {
  bitsPerElement,
  byteLengthOf,
  countElements,
  packInt4,
  readChunks,
  type ReadChunksOptions,
  type TensorReference,
} from "../../../tensor/mod.ts";
import type { StreamedBytes } from "../encode/encode_message.ts";

/** The elements of a tensor as ONNX stores them (`raw_data`): little-endian, 4-bit integers packed. */
export function tensorBytes(
  reference: TensorReference,
  options: ReadChunksOptions = {},
): StreamedBytes {
  const byteLength = byteLengthOf(reference.dtype, countElements(reference.shape));
  const stream = bitsPerElement(reference.dtype) === 4 ? packedChunks : plainChunks;
  return { byteLength, stream: () => stream(reference, options) };
}

async function* plainChunks(
  reference: TensorReference,
  options: ReadChunksOptions,
): AsyncGenerator<Uint8Array> {
  for await (const { data } of readChunks(reference, options)) {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

/** A chunk with an odd end leaves half a byte to the next one. */
async function* packedChunks(
  reference: TensorReference,
  options: ReadChunksOptions,
): AsyncGenerator<Uint8Array> {
  let left: number | undefined;
  for await (const { data } of readChunks(reference, options)) {
    const codes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const joined = left === undefined ? codes : Uint8Array.of(left, ...codes.subarray(0, 1));
    if (left !== undefined) yield packInt4(joined);
    const rest = left === undefined ? codes : codes.subarray(1);
    const even = rest.length & ~1;
    left = even < rest.length ? rest[even] : undefined;
    if (even > 0) yield packInt4(rest.subarray(0, even));
  }
  if (left !== undefined) yield packInt4(Uint8Array.of(left));
}
