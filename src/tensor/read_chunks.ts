import { countElements } from "./data_type.ts";
import type { TensorData } from "./dense_tensor.ts";
import { openReader, readingNeeds } from "./readers/open_reader.ts";
import type { TensorReference } from "./tensor_reference.ts";

const DEFAULT_CHUNK_BYTES = 4 * 1024 ** 2;
const DEFAULT_MEMORY_LIMIT = 128 * 1024 ** 2;

/** Kernel memory has 1 GiB for all that is read at the same time. */
const MAX_PERMUTE_BYTES = 256 * 1024 ** 2;

/** Options for {@linkcode readChunks}. */
export interface ReadChunksOptions {
  /**
   * The size of a chunk in bytes, where its elements are widest.
   *
   * @default {4194304}
   */
  readonly chunkBytes?: number;
  /**
   * Bytes that reading may hold: chunks, and the buffers of permutations. A permutation that needs
   * more goes through a temporary file.
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
 * Reads a tensor from front to back in chunks, views applied. The next chunk is fetched while the
 * consumer works on the current one. Leave the loop by its end, `break` or an exception: that gives
 * the buffers back.
 *
 * @param reference The tensor.
 * @param options Chunk size, memory limit, folder for temporary files, abort signal.
 * @returns Chunks without gaps, each valid until the next step.
 * @throws {FormatError} If the stored data is shorter than its shape or holds impossible values.
 *
 * @example The largest element of a tensor
 * ```ts
 * import { readChunks, referenceDense } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new Int16Array([3, -7, 12, 5]);
 * const tensor = referenceDense("numbers", { dtype: "int16", shape: [4], data });
 * let largest = -Infinity;
 * for await (const chunk of readChunks(tensor, { chunkBytes: 4 })) {
 *   for (const value of chunk.data) largest = Math.max(largest, Number(value));
 * }
 * assertEquals(largest, 12);
 * ```
 */
export async function* readChunks(
  reference: TensorReference,
  options: ReadChunksOptions = {},
): AsyncGenerator<TensorChunk> {
  const { chunkBytes = DEFAULT_CHUNK_BYTES, memoryLimit = DEFAULT_MEMORY_LIMIT, signal } = options;
  const total = countElements(reference.shape);
  if (total === 0) return;
  const needs = readingNeeds(reference);
  // A stack of readers has about eight buffers of a chunk.
  const bytes = Math.min(chunkBytes, memoryLimit / 8);
  const share = memoryLimit / 2 / Math.max(1, needs.permutations);
  const chunkElements = Math.min(total, Math.max(1, Math.floor(bytes / needs.bytesPerElement)));
  await using reader = openReader(reference, {
    chunkElements,
    permuteBytes: Math.min(share, MAX_PERMUTE_BYTES),
    ...(options.tempDirectory === undefined ? {} : { tempDirectory: options.tempDirectory }),
    ...(signal === undefined ? {} : { signal }),
  });
  for (let start = 0; start < total; start += chunkElements) {
    signal?.throwIfAborted();
    const count = Math.min(chunkElements, total - start);
    const left = Math.min(chunkElements, total - start - count);
    const next = left > 0 ? { start: start + count, count: left } : undefined;
    yield { offset: start, data: await reader.read({ start, count }, next) };
  }
}
