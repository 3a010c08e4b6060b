import {
  bitsPerElement,
  countElements,
  readChunks,
  type ReadChunksOptions,
  type TensorReference,
} from "../../tensor/mod.ts";

/** Bytes that an element takes in a DLC: whole ones, also below eight bits. */
export function bytesPerElement(reference: TensorReference): number {
  return Math.ceil(bitsPerElement(reference.dtype) / 8);
}

/** Bytes that a tensor takes in a DLC. */
export function tensorByteLength(reference: TensorReference): number {
  return countElements(reference.shape) * bytesPerElement(reference);
}

/**
 * The bytes of a tensor as a DLC stores them, little endian, streamed through its views. A chunk is
 * valid until the next step.
 */
export async function* streamTensor(
  reference: TensorReference,
  options: ReadChunksOptions,
): AsyncGenerator<Uint8Array> {
  for await (const { data } of readChunks(reference, options)) {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}
