import type { ByteSource } from "../io/mod.ts";
import type { DataType } from "./data_type.ts";
import type { DenseTensor } from "./dense_tensor.ts";
import type { TensorReference } from "./tensor_reference.ts";

/** Where stored elements lie, for {@linkcode referenceRange}. */
export interface StoredRange {
  /** The name in the model. */
  readonly name: string;
  /** Element type in the file. */
  readonly dtype: DataType;
  /** Dimensions. */
  readonly shape: readonly number[];
  /** The file. */
  readonly source: ByteSource;
  /** Where the first element is, in bytes from the start of the file. */
  readonly offset: number;
  /** The length the file states, if it does; checked against dtype and shape. */
  readonly byteLength?: number;
}

/**
 * Describes little-endian elements in a file.
 *
 * @throws {FormatError} If dtype and shape need another length, or the range leaves the file.
 */
export function referenceRange(range: StoredRange): TensorReference {
  throw new Error(`being built: ${range.name}`);
}

/**
 * Describes packed protobuf varints in a file, one an element (for 4-bit types one a packed byte).
 *
 * @throws {FormatError} If the range leaves the file or cannot hold that many elements.
 */
export function referenceVarints(
  range: StoredRange & { readonly byteLength: number },
): TensorReference {
  throw new Error(`being built: ${range.name}`);
}

/**
 * Describes a tensor in memory. The elements are copied unless they can be used as they are.
 *
 * @param name The name in the model.
 * @param dense The elements; 4-bit types unpacked.
 * @throws {RangeError} If data and shape disagree.
 */
export function referenceDense(name: string, dense: DenseTensor): TensorReference {
  throw new Error(`being built: ${name} ${dense.dtype}`);
}

/**
 * Describes tensors joined along an axis.
 *
 * @param name The name in the model.
 * @param parts The tensors, equal in dtype and in all other dimensions.
 * @param axis The axis.
 * @throws {RangeError} If they do not fit together.
 */
export function referenceConcat(
  name: string,
  parts: readonly TensorReference[],
  axis: number,
): TensorReference {
  throw new Error(`being built: ${name} ${parts.length} ${axis}`);
}

/** Whether all stored elements are in memory, so that reading needs no file. */
export function isHeld(reference: TensorReference): boolean {
  const { storage } = reference;
  return storage.kind === "bytes" || storage.kind === "concat" && storage.parts.every(isHeld);
}
