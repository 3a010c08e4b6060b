import { FormatError } from "../../../errors.ts";
import {
  type ByteRange,
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { MAX_RANK, MAX_UNPACKED_ELEMENTS } from "./limits.ts";
import { BinaryWriter } from "../encode/protobuf_writer.ts";

/** The fields of `TensorProto` that hold elements. */
export type TensorDataField =
  | "raw_data"
  | "float_data"
  | "double_data"
  | "int32_data"
  | "int64_data"
  | "uint64_data"
  | "string_data";

const DATA_FIELDS: ReadonlyMap<number, TensorDataField> = new Map([
  [4, "float_data"],
  [5, "int32_data"],
  [6, "string_data"],
  [7, "int64_data"],
  [9, "raw_data"],
  [10, "double_data"],
  [11, "uint64_data"],
]);

const MAX_VARINT_BYTES = 10;

/** Where the elements of a tensor lie inside the model's file. */
export interface TensorPayload extends ByteRange {
  /** Which field they are in. */
  readonly field: TensorDataField;
  /** The bytes themselves where they came along. */
  readonly bytes?: Uint8Array;
}

/** A `TensorProto` without its elements. */
export interface TensorProto {
  /** The name; empty for the tensor of an attribute. */
  readonly name: string;
  /** A `TensorProto.DataType`. */
  readonly elementType: number;
  /** Dimensions. */
  readonly shape: readonly number[];
  /** The elements, unless there are none or they are in another file. */
  readonly payload: TensorPayload | undefined;
  /** `external_data`, if `data_location` says that the elements are in another file. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

/**
 * Reads what a `TensorProto` says about its elements, and where they are.
 *
 * @param field The field that holds the message.
 * @param options Abort signal.
 * @throws {FormatError} If data is given twice, or a dimension is negative.
 */
export async function readTensorProto(
  field: ProtobufField,
  options: NestedFieldsOptions = {},
): Promise<TensorProto> {
  let name = "";
  let elementType = 0;
  let isExternal = false;
  const shape: number[] = [];
  const external = new Map<string, string>();
  const payloads = new PayloadCollector(field);
  for await (const part of nestedFields(field, "TensorProto", options)) {
    if (part.number === 1) shape.push(...readDimensions(part));
    else if (part.number === 2) elementType = part.integer();
    else if (part.number === 8) name = shortText(part, "the name of a tensor");
    else if (part.number === 13) readEntry(part, external);
    else if (part.number === 14) isExternal = part.integer() === 1;
    else {
      const data = DATA_FIELDS.get(part.number);
      if (data !== undefined) payloads.add(data, part);
    }
    if (shape.length > MAX_RANK) throw tooManyDimensions(field, shape.length);
  }
  return {
    name,
    elementType,
    shape,
    payload: payloads.finish(),
    external: isExternal ? external : undefined,
  };
}

function readDimensions(field: ProtobufField): number[] {
  if (field.byteLength > MAX_RANK * MAX_VARINT_BYTES) throw tooManyDimensions(field, MAX_RANK + 1);
  return field.integers();
}

function readEntry(field: ProtobufField, entries: Map<string, string>): void {
  let key = "";
  let value = "";
  for (const part of field.fields("StringStringEntryProto")) {
    if (part.number === 1) key = shortText(part, "a key of external data");
    if (part.number === 2) value = shortText(part, "a value of external data");
  }
  entries.set(key, value);
}

function tooManyDimensions(field: ProtobufField, found: number): FormatError {
  return new FormatError(
    `Cannot read "${field.source.name}": the tensor at byte ${field.offset} has ${found} or more ` +
      `dimensions, expected at most ${MAX_RANK}`,
    { file: field.source.name, offset: field.offset, found: `${found} dimensions` },
  );
}

/** Takes the data fields of one tensor: a single payload, or elements one by one. */
class PayloadCollector {
  readonly #tensor: ProtobufField;
  #payload: TensorPayload | undefined;
  #unpacked: { field: TensorDataField; writer: BinaryWriter; count: number } | undefined;

  constructor(tensor: ProtobufField) {
    this.#tensor = tensor;
  }

  add(field: TensorDataField, part: ProtobufField): void {
    if (part.wireType !== 2) return this.#addElement(field, part);
    if (part.byteLength === 0 && field !== "string_data") return;
    // A field for each string; the type is refused later.
    if (field === "string_data" && this.#payload?.field === field) return;
    if (this.#payload !== undefined || this.#unpacked !== undefined) throw this.#twice(field);
    const { offset, byteLength } = part;
    this.#payload = part.loaded
      ? { field, offset, byteLength, bytes: part.bytes().slice() }
      : { field, offset, byteLength };
  }

  finish(): TensorPayload | undefined {
    if (this.#unpacked === undefined) return this.#payload;
    const bytes = this.#unpacked.writer.finish();
    const { offset } = this.#tensor;
    return { field: this.#unpacked.field, offset, byteLength: bytes.length, bytes };
  }

  /** Old writers repeat the tag before each element; such data is gathered as if packed. */
  #addElement(field: TensorDataField, part: ProtobufField): void {
    this.#unpacked ??= { field, writer: new BinaryWriter(), count: 0 };
    const { writer } = this.#unpacked;
    if (this.#payload !== undefined || this.#unpacked.field !== field) throw this.#twice(field);
    if (++this.#unpacked.count > MAX_UNPACKED_ELEMENTS) {
      throw this.#error(
        `has more than ${MAX_UNPACKED_ELEMENTS} elements in "${field}" that are not packed, ` +
          `expected packed elements or "raw_data"`,
      );
    }
    if (field === "float_data") writer.float(part.float());
    else if (field === "double_data") writer.double(part.double());
    else writer.int64(part.bigint());
  }

  #twice(field: TensorDataField): FormatError {
    const first = this.#payload?.field ?? this.#unpacked?.field ?? field;
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
