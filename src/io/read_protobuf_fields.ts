import type { ByteRange } from "./byte_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";

/** How a field is stored: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
export type ProtobufWireType = 0 | 1 | 2 | 5;

/** Options for {@linkcode readProtobufFields}. */
export interface ProtobufOptions extends ReadOptions {
  /** The message type, as error messages name it; `message` if left out. */
  readonly message?: string;
  /**
   * Length-delimited payloads up to this size come with their bytes.
   *
   * @default {65536}
   */
  readonly inlineBytes?: number;
}

/**
 * One field of a protobuf message. The reading methods check the wire type and throw a
 * {@linkcode FormatError} that names file, offset, message and field. Everything read from it
 * (except `bytes()`) may be kept; the field itself is valid until the next step of its iterator.
 */
export interface ProtobufField extends ByteRange {
  /** The field number. */
  readonly number: number;
  /** How it is stored. */
  readonly wireType: ProtobufWireType;
  /** Whether the payload is in memory: always for numbers, up to `inlineBytes` for the rest. */
  readonly loaded: boolean;
  /** The file, for a nested `readProtobufFields(field.source, field, …)` of a large message. */
  readonly source: ByteSource;
  /** A signed integer (int32, int64, enum) that a number holds exactly. */
  integer(): number;
  /** A signed 64-bit integer. */
  bigint(): bigint;
  /** An unsigned integer (uint32, uint64) that a number holds exactly. */
  unsigned(): number;
  /** A bool. */
  boolean(): boolean;
  /** A float. */
  float(): number;
  /** A double. */
  double(): number;
  /** A UTF-8 string; must be loaded. */
  string(): string;
  /** The payload, valid until the next step; must be loaded. */
  bytes(): Uint8Array;
  /** The fields of a nested message, read from memory at once; must be loaded. */
  fields(message?: string): Iterable<ProtobufField>;
  /** Values of a repeated integer field, packed or single; must be loaded. */
  integers(): number[];
  /** As `integers`, 64 bits wide. */
  bigints(): bigint[];
  /** Values of a repeated float field, packed or single; must be loaded. */
  floats(): number[];
}

/**
 * Walks the fields of a protobuf message of any size from front to back without loading large
 * payloads. Groups are refused.
 *
 * @param source The file.
 * @param range Where the message lies; a field with a nested message is a range.
 * @param options Name of the message, size of payloads that come along, abort signal.
 * @throws {FormatError} If the bytes are no protobuf message or leave the range.
 */
export async function* readProtobufFields(
  source: ByteSource,
  range: ByteRange,
  options: ProtobufOptions = {},
): AsyncGenerator<ProtobufField> {
  await Promise.reject(new Error(`being built: ${source.name} ${range.offset} ${options.message}`));
}

/**
 * Walks the fields of a protobuf message in memory.
 *
 * @param bytes The message.
 * @param options Name of the message.
 * @throws {FormatError} If the bytes are no protobuf message.
 */
export function* walkProtobuf(
  bytes: Uint8Array,
  options: ProtobufOptions = {},
): Generator<ProtobufField> {
  throw new Error(`being built: ${bytes.length} ${options.message}`);
}
