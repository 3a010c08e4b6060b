import { MemoryLimitError } from "../errors.ts";
import { countElements } from "./data_type.ts";
import type { DenseTensor } from "./dense_tensor.ts";
import { readChunks, type ReadChunksOptions } from "./read_chunks.ts";
import { bytesOfTensorData, createTensorData, heldBytesPerElement } from "./tensor_data.ts";
import type { TensorReference } from "./tensor_reference.ts";

const DEFAULT_MAX_BYTES = 512 * 1024 ** 2;

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
 * @returns The tensor; 4-bit integers come unpacked.
 * @throws {MemoryLimitError} If the result is larger than the bound.
 * @throws {FormatError} If the stored data is shorter than its shape or holds impossible values.
 */
export async function readDense(
  reference: TensorReference,
  options: ReadDenseOptions = {},
): Promise<DenseTensor> {
  const { dtype, shape, name } = reference;
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  const elements = countElements(shape);
  const width = heldBytesPerElement(dtype);
  if (elements * width > maxBytes) {
    throw new MemoryLimitError(
      `Cannot hold tensor "${name}": ${dtype} of shape [${shape}] takes ${
        elements * width
      } bytes, at most ${maxBytes} are allowed`,
    );
  }
  const data = createTensorData(dtype, elements);
  const bytes = bytesOfTensorData(data);
  for await (const chunk of readChunks(reference, options)) {
    bytes.set(bytesOfTensorData(chunk.data), chunk.offset * width);
  }
  return { dtype, shape, data };
}
