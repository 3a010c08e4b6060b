import type { DenseTensor } from "./dense_tensor.ts";
import type { ReadChunksOptions } from "./read_chunks.ts";
import type { TensorReference } from "./tensor_reference.ts";

/** Options for {@linkcode readDense}. */
export interface ReadDenseOptions extends ReadChunksOptions {
  /**
   * The largest result in bytes.
   *
   * @default {536870912}
   */
  readonly maxBytes?: number;
}

/**
 * Reads a whole tensor into memory of its own. For constants, biases and tests; weights are
 * streamed with `readChunks`.
 *
 * @param reference The tensor.
 * @param options As for `readChunks`, and the bound.
 * @throws {MemoryLimitError} If the result is larger than the bound.
 */
export function readDense(
  reference: TensorReference,
  options: ReadDenseOptions = {},
): Promise<DenseTensor> {
  return Promise.reject(new Error(`being built: ${reference.name} ${options.maxBytes}`));
}
