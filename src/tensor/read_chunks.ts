import type { TensorData } from "./dense_tensor.ts";
import type { TensorReference } from "./tensor_reference.ts";

/** Options for {@linkcode readChunks}. */
export interface ReadChunksOptions {
  /**
   * The size of a chunk in bytes, before or after the views, whichever is larger.
   *
   * @default {4194304}
   */
  readonly chunkBytes?: number;
  /**
   * Bytes that reading may hold: chunks, and the buffers of a permutation. A permutation that
   * needs more goes through a temporary file.
   *
   * @default {134217728}
   */
  readonly memoryLimit?: number;
  /** Where temporary files go; by default the system's folder. */
  readonly tempDirectory?: string;
  /** Ends the iteration early. */
  readonly signal?: AbortSignal;
}

/** A run of elements of a tensor. */
export interface TensorChunk {
  /** Index of the first element in the row-major order of the tensor. */
  readonly offset: number;
  /**
   * The elements, one an array entry: 4-bit integers come unpacked, `bool` as 0 and 1, float16 and
   * bfloat16 as bit patterns. A view of kernel memory, valid until the next step.
   */
  readonly data: TensorData;
}

/**
 * Reads a tensor from front to back in chunks, views applied. The next chunk is read while the
 * consumer works on the current one.
 *
 * @param reference The tensor.
 * @param options Chunk size, memory limit, folder for temporary files, abort signal.
 * @returns Chunks without gaps; each is valid until the next step.
 * @throws {FormatError} If the stored data is shorter than its shape or holds impossible values.
 */
export async function* readChunks(
  reference: TensorReference,
  options: ReadChunksOptions = {},
): AsyncGenerator<TensorChunk> {
  await Promise.reject(new Error(`being built: ${reference.name} ${options.chunkBytes}`));
}
