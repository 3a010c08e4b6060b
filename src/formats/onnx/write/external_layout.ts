import type { StreamedBytes } from "../encode/encode_message.ts";

/** Smaller tensors stay in the model's file: an entry that names them is as long as they are. */
const MIN_EXTERNAL_BYTES = 1024;

/** Tensors begin at pages, so that they can be mapped into memory. */
const PAGE_BYTES = 4096;

/** Large tensors begin where every system allows a mapping to begin. */
const LARGE_TENSOR_BYTES = 1024 * 1024;
const MAPPING_BYTES = 64 * 1024;

/** Where a tensor begins in the data file. */
export interface ExternalPlacement<T> {
  /** The tensor. */
  readonly tensor: T;
  /** Its first byte. */
  readonly offset: number;
}

/**
 * Gives each tensor that is worth it a place in the data file, in order and aligned.
 *
 * @param tensors What shall be written.
 * @returns Placements of the tensors that go to the data file.
 */
export function layOutExternal<T extends Pick<StreamedBytes, "byteLength">>(
  tensors: readonly T[],
): ExternalPlacement<T>[] {
  const placements: ExternalPlacement<T>[] = [];
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.byteLength < MIN_EXTERNAL_BYTES) continue;
    const alignment = tensor.byteLength >= LARGE_TENSOR_BYTES ? MAPPING_BYTES : PAGE_BYTES;
    const offset = Math.ceil(end / alignment) * alignment;
    placements.push({ tensor, offset });
    end = offset + tensor.byteLength;
  }
  return placements;
}
