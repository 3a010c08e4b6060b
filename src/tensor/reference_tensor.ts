import { FormatError } from "../errors.ts";
import type { ByteSource } from "../io/mod.ts";
import { byteLengthOf, countElements, type DataType } from "./data_type.ts";
import type { DenseTensor } from "./dense_tensor.ts";
import { packInt4 } from "./int4.ts";
import { bytesOfTensorData, holdsDataType } from "./tensor_data.ts";
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
 * @param range The elements and where they lie.
 * @throws {FormatError} If dtype and shape need another length, or the range leaves the file.
 */
export function referenceRange(range: StoredRange): TensorReference {
  const { name, dtype, shape, source, offset } = range;
  const needed = byteLengthOf(dtype, countChecked(range));
  const byteLength = range.byteLength ?? needed;
  if (byteLength !== needed) {
    throw new FormatError(
      `Cannot read tensor "${name}" of "${source.name}": ${dtype} of shape [${shape}] takes ${needed} bytes, the file states ${byteLength}`,
      { file: source.name, offset, expected: `${needed} bytes`, found: `${byteLength} bytes` },
    );
  }
  checkInside(range, byteLength);
  return referenceStored(name, {
    dtype,
    shape,
    storage: { kind: "range", source, offset, byteLength },
  });
}

/**
 * Describes packed protobuf varints in a file, one an element (for 4-bit types one a packed byte).
 *
 * @param range The elements and where they lie.
 * @throws {FormatError} If the range leaves the file or cannot hold that many elements.
 */
export function referenceVarints(
  range: StoredRange & { readonly byteLength: number },
): TensorReference {
  const { name, dtype, shape, source, offset, byteLength } = range;
  const elements = countChecked(range);
  const varints = dtype === "int4" || dtype === "uint4" ? Math.ceil(elements / 2) : elements;
  // Each takes one to ten bytes.
  if (byteLength < varints || byteLength > 10 * varints) {
    throw new FormatError(
      `Cannot read tensor "${name}" of "${source.name}": ${byteLength} bytes cannot hold ${varints} varints, which ${dtype} of shape [${shape}] takes`,
      { file: source.name, offset, expected: `${varints} varints`, found: `${byteLength} bytes` },
    );
  }
  checkInside(range, byteLength);
  return referenceStored(name, {
    dtype,
    shape,
    storage: { kind: "varints", source, offset, byteLength },
  });
}

/**
 * Describes little-endian elements of 4 or 8 bytes in a file that each stand behind a tag of one
 * byte: a repeated protobuf field of fixed width that is not packed. Tags are checked when elements are read.
 *
 * @param range The elements and where the first tag lies; `byteLength` counts the tags.
 * @throws {FormatError} If the range leaves the file or does not hold that many elements.
 */
export function referenceTagged(
  range: StoredRange & { readonly byteLength: number; readonly tag: number },
): TensorReference {
  const { name, dtype, shape, source, offset, byteLength, tag } = range;
  const needed = countChecked(range) * (byteLengthOf(dtype, 1) + 1);
  if (byteLength !== needed) {
    throw new FormatError(
      `Cannot read tensor "${name}" of "${source.name}": ${dtype} of shape [${shape}] behind tags takes ${needed} bytes, the file has ${byteLength}`,
      { file: source.name, offset, expected: `${needed} bytes`, found: `${byteLength} bytes` },
    );
  }
  checkInside(range, byteLength);
  return referenceStored(name, {
    dtype,
    shape,
    storage: { kind: "tagged", source, offset, byteLength, tag },
  });
}

/**
 * Describes a tensor in memory; its elements are not copied, so leave them unchanged.
 *
 * @param name The name in the model.
 * @param dense The elements, one an array entry (4-bit integers unpacked).
 * @throws {RangeError} If the data does not have as many elements as the shape says, or lies in
 *   another kind of array than the dtype.
 */
export function referenceDense(name: string, dense: DenseTensor): TensorReference {
  const { dtype, shape, data } = dense;
  const elements = countElements(shape);
  if (data.length !== elements || !holdsDataType(data, dtype)) {
    throw new RangeError(
      `Cannot describe tensor "${name}": ${dtype} of shape [${shape}] has ${elements} elements, its data is ${data.constructor.name} of length ${data.length}`,
    );
  }
  const packed = dtype === "int4" || dtype === "uint4";
  const bytes = packed && (data instanceof Int8Array || data instanceof Uint8Array)
    ? packInt4(data)
    : bytesOfTensorData(data);
  return referenceStored(name, { dtype, shape, storage: { kind: "bytes", bytes } });
}

/**
 * Describes tensors joined along an axis.
 *
 * @param name The name in the model.
 * @param parts The tensors, equal in dtype and in all other dimensions.
 * @param axis The axis, counted from the front.
 * @throws {RangeError} If they do not fit together.
 */
export function referenceConcat(
  name: string,
  parts: readonly TensorReference[],
  axis: number,
): TensorReference {
  const [first] = parts;
  if (first === undefined || !(axis in first.shape)) {
    throw new RangeError(
      `Cannot join "${name}": there are ${parts.length} tensors and the axis is ${axis}`,
    );
  }
  for (const part of parts) {
    const fits = part.dtype === first.dtype && part.shape.length === first.shape.length &&
      part.shape.every((length, index) => index === axis || length === first.shape[index]);
    if (fits) continue;
    throw new RangeError(
      `Cannot join "${name}" along axis ${axis}: "${first.name}" is ${first.dtype} of shape [${first.shape}], "${part.name}" is ${part.dtype} of shape [${part.shape}]`,
    );
  }
  const length = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  return referenceStored(name, {
    dtype: first.dtype,
    shape: first.shape.with(axis, length),
    storage: { kind: "concat", parts, axis },
  });
}

/** Whether all stored elements are in memory, so that reading needs no file. */
export function isHeld(reference: TensorReference): boolean {
  const { storage } = reference;
  return storage.kind === "bytes" || storage.kind === "concat" && storage.parts.every(isHeld);
}

function referenceStored(
  name: string,
  { dtype, shape, storage }: Pick<TensorReference, "dtype" | "shape" | "storage">,
): TensorReference {
  return { name, dtype, shape, storedDtype: dtype, storedShape: shape, storage, views: [] };
}

function countChecked({ name, shape, source, offset }: StoredRange): number {
  const count = countElements(shape);
  const valid = shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  // Eight bytes an element must stay exact as well.
  if (valid && Number.isSafeInteger(count * 8)) return count;
  throw new FormatError(
    `Cannot read tensor "${name}" of "${source.name}": the shape is [${shape}], expected integers >= 0 whose product is below 2^50`,
    { file: source.name, offset, found: `[${shape}]` },
  );
}

function checkInside({ name, source, offset }: StoredRange, byteLength: number): void {
  const inside = Number.isSafeInteger(offset) && offset >= 0 &&
    offset <= source.byteLength - byteLength;
  if (inside) return;
  throw new FormatError(
    `Cannot read tensor "${name}" of "${source.name}": it takes ${byteLength} bytes from byte ${offset} on, the file has ${source.byteLength}`,
    { file: source.name, offset, expected: `${byteLength} bytes` },
  );
}
