import { FormatError } from "../../../errors.ts";
import { type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import type { CaffeBlob, CaffeBlobData } from "./caffe_blob.ts";

/** Caffe itself stops at 32 dimensions. */
const MAX_DIMENSIONS = 32;

/** Fields of `BlobProto` with the four dimensions of the time before `BlobShape`. */
const LEGACY_DIMENSIONS = [1, 2, 3, 4];

/** Fields of `BlobProto` with elements: their type, and the bytes that each takes. */
const DATA_FIELDS: ReadonlyMap<number, { dtype: CaffeBlobData["dtype"]; bytes: 4 | 8 }> = new Map([
  [5, { dtype: "float32", bytes: 4 }],
  [8, { dtype: "float64", bytes: 8 }],
]);

/**
 * Reads what a `BlobProto` says about its elements, and where they are.
 *
 * @param field The field that holds the message.
 * @param signal Ends the work early.
 * @throws {FormatError} If there are elements of two kinds, or too many dimensions.
 */
export async function readBlob(field: ProtobufField, signal?: AbortSignal): Promise<CaffeBlob> {
  const legacy = new Map<number, number>();
  const shape: number[] = [];
  let hasShape = false;
  let data: CaffeBlobData | undefined;
  const options = { message: "BlobProto", ...signal && { signal } };
  for await (const part of readProtobufFields(field.source, field, options)) {
    const kind = DATA_FIELDS.get(part.number);
    if (kind !== undefined) {
      data = addElements(part, { ...kind, before: data, blob: field });
    } else if (LEGACY_DIMENSIONS.includes(part.number)) {
      legacy.set(part.number, part.integer());
    } else if (part.number === 7) {
      hasShape = true;
      for (const dimension of part.fields("BlobShape")) {
        const more = dimension.number === 1 ? dimension.integers() : [];
        if (shape.length + more.length > MAX_DIMENSIONS) throw tooManyDimensions(field);
        shape.push(...more);
      }
    }
  }
  const dimensions = hasShape || legacy.size === 0
    ? shape
    : LEGACY_DIMENSIONS.map((number) => legacy.get(number) ?? 0);
  return { shape: dimensions, data };
}

/** Elements come as one packed field, or one by one behind equal tags without a gap. */
function addElements(
  part: ProtobufField,
  { dtype, bytes, before, blob }: {
    readonly dtype: CaffeBlobData["dtype"];
    readonly bytes: 4 | 8;
    readonly before: CaffeBlobData | undefined;
    readonly blob: ProtobufField;
  },
): CaffeBlobData | undefined {
  const { source, number, wireType, byteLength } = part;
  if (wireType === 2) {
    if (byteLength === 0) return before;
    if (before !== undefined) throw givenTwice(blob);
    return { dtype, source, offset: part.offset, byteLength };
  }
  const expected = bytes === 4 ? 5 : 1;
  if (wireType !== expected) throw part.error("holds no floating-point numbers");
  const tag = number << 3 | wireType;
  const offset = part.offset - 1;
  if (before === undefined) return { dtype, source, offset, byteLength: bytes + 1, tag };
  if (before.tag !== tag || before.offset + before.byteLength !== offset) throw givenTwice(blob);
  return { ...before, byteLength: before.byteLength + bytes + 1 };
}

function givenTwice({ source, offset }: ProtobufField): FormatError {
  return new FormatError(
    `Cannot read "${source.name}": the blob at byte ${offset} has its elements in several pieces, ` +
      "expected them once and in one piece",
    { file: source.name, offset },
  );
}

function tooManyDimensions({ source, offset }: ProtobufField): FormatError {
  return new FormatError(
    `Cannot read "${source.name}": the blob at byte ${offset} has more than ${MAX_DIMENSIONS} ` +
      "dimensions",
    { file: source.name, offset, expected: `at most ${MAX_DIMENSIONS} dimensions` },
  );
}
