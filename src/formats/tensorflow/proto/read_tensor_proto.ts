import { FormatError } from "../../../errors.ts";
import {
  type ByteRange,
  type ByteSource,
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { MAX_UNPACKED_ELEMENTS } from "./limits.ts";
import { readTensorShape, type StatedShape } from "./read_tensor_shape.ts";

/** The fields of `TensorProto` that hold elements. */
export type TensorDataField =
  | "tensor_content"
  | "half_val"
  | "float_val"
  | "double_val"
  | "int_val"
  | "int64_val"
  | "bool_val"
  | "uint32_val"
  | "uint64_val";

const DATA_FIELDS: ReadonlyMap<number, TensorDataField> = new Map([
  [4, "tensor_content"],
  [5, "float_val"],
  [6, "double_val"],
  [7, "int_val"],
  [10, "int64_val"],
  [11, "bool_val"],
  [13, "half_val"],
  [16, "uint32_val"],
  [17, "uint64_val"],
]);

/** Elements of a tensor that lie in one field of the file. */
export interface TensorPayload extends ByteRange {
  /** Which field they are in. */
  readonly field: TensorDataField;
  /** The elements of a typed field, where they came along. */
  readonly numbers?: readonly (number | bigint)[];
  /** The bytes of `tensor_content`, where they came along. */
  readonly bytes?: Uint8Array;
}

/** A `TensorProto` without its large elements. */
export interface TensorProto {
  /** The file. */
  readonly source: ByteSource;
  /** Where the message begins. */
  readonly offset: number;
  /** A `DataType`. */
  readonly type: number;
  /** Dimensions. */
  readonly shape: StatedShape;
  /** The elements; absent where there are none in the file. */
  readonly payload: TensorPayload | undefined;
  /** The elements of a tensor of strings. */
  readonly texts: readonly string[];
}

/**
 * Reads what a `TensorProto` says about its elements, and where they are.
 *
 * @param field The field that holds the message.
 * @param options Abort signal.
 * @throws {FormatError} If data is given twice.
 */
export async function readTensorProto(
  field: ProtobufField,
  options: NestedFieldsOptions = {},
): Promise<TensorProto> {
  let type = 0;
  let shape: StatedShape = [];
  const texts: string[] = [];
  const payloads = new PayloadCollector(field);
  for await (const part of nestedFields(field, "TensorProto", options)) {
    const data = DATA_FIELDS.get(part.number);
    if (part.number === 1) type = part.integer();
    else if (part.number === 2) shape = readTensorShape(part);
    else if (part.number === 8) {
      // Only names of checkpoint entries are of use; other strings need not be text.
      if (part.loaded) texts.push(looseText(part));
      else shortText(part, "a string");
    } else if (data !== undefined) payloads.add(data, part);
  }
  const { source, offset } = field;
  return { source, offset, type, shape, payload: payloads.finish(), texts };
}

function looseText(field: ProtobufField): string {
  return new TextDecoder().decode(field.bytes());
}

/** Takes the data fields of one tensor: a single payload, or elements one by one. */
class PayloadCollector {
  readonly #tensor: ProtobufField;
  #payload: TensorPayload | undefined;
  #single: { readonly field: TensorDataField; readonly numbers: (number | bigint)[] } | undefined;

  constructor(tensor: ProtobufField) {
    this.#tensor = tensor;
  }

  add(field: TensorDataField, part: ProtobufField): void {
    if (part.wireType !== 2) return this.#addElement(field, part);
    if (part.byteLength === 0) return;
    if (this.#payload !== undefined || this.#single !== undefined) throw this.#twice(field);
    const { offset, byteLength } = part;
    this.#payload = {
      field,
      offset,
      byteLength,
      ...part.loaded &&
        (field === "tensor_content"
          ? { bytes: part.bytes().slice() }
          : { numbers: packedNumbers(field, part) }),
    };
  }

  finish(): TensorPayload | undefined {
    if (this.#single === undefined) return this.#payload;
    const { offset, byteLength } = this.#tensor;
    return { ...this.#single, offset, byteLength };
  }

  /** Old writers repeat the tag before each element. */
  #addElement(field: TensorDataField, part: ProtobufField): void {
    this.#single ??= { field, numbers: [] };
    if (this.#payload !== undefined || this.#single.field !== field) throw this.#twice(field);
    if (this.#single.numbers.length >= MAX_UNPACKED_ELEMENTS) {
      throw this.#error(
        `has more than ${MAX_UNPACKED_ELEMENTS} elements in "${field}" that are not packed, ` +
          `expected packed elements or "tensor_content"`,
      );
    }
    this.#single.numbers.push(
      field === "float_val" ? part.float() : field === "double_val" ? part.double() : part.bigint(),
    );
  }

  #twice(field: TensorDataField): FormatError {
    const first = this.#payload?.field ?? this.#single?.field ?? field;
    return this.#error(
      `has its data twice, found "${first}" and "${field}", expected one of them once`,
    );
  }

  #error(problem: string): FormatError {
    const { source, offset } = this.#tensor;
    return new FormatError(
      `Cannot read "${source.name}": the tensor at byte ${offset} ${problem}`,
      { file: source.name, offset },
    );
  }
}

function packedNumbers(field: TensorDataField, part: ProtobufField): (number | bigint)[] {
  if (field === "float_val") return part.floats();
  if (field === "double_val") return part.doubles();
  return part.bigints();
}
