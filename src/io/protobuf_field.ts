import { FormatError } from "../errors.ts";
import type { CursorWindow } from "./byte_cursor.ts";
import type { ByteRange } from "./byte_range.ts";
import type { ByteSource } from "./byte_source.ts";
import { BinaryReader } from "./protobuf_wire.ts";

/**
 * How a field is stored: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes
 * (https://protobuf.dev/programming-guides/encoding/#structure).
 */
export type ProtobufWireType = 0 | 1 | 2 | 5;

const WIRE_TYPE_NAMES: Readonly<Record<ProtobufWireType, string>> = {
  0: "a varint",
  1: "eight bytes",
  2: "a length and bytes",
  5: "four bytes",
};

/** A tag takes at most five bytes, a length ten. */
export const MAX_HEADER_BYTES = 15;

const MAX_VARINT_BYTES = 10;

/** Where protobuf's own libraries stop too: readers that recurse need some bound. */
const MAX_DEPTH = 100;

/** The message that a field belongs to. */
export interface ProtobufMessage {
  /** The file. */
  readonly source: ByteSource;
  /** The message type, as error messages name it. */
  readonly name: string;
  /** Where the message ends in the file. */
  readonly end: number;
  /** How many messages are around it. */
  readonly depth: number;
}

/** A piece of the file in memory, with the library's decoder over it. */
export interface ProtobufWindow extends CursorWindow {
  /** Decodes the number or string at its `pos`. */
  readonly reader: BinaryReader;
}

/** Puts a decoder over a piece of a file. */
export function openProtobufWindow({ offset, bytes }: CursorWindow): ProtobufWindow {
  return { offset, bytes, reader: new BinaryReader(bytes) };
}

/** Steps into a message, not too deep. */
export function enterProtobufMessage(message: ProtobufMessage, offset: number): ProtobufMessage {
  if (message.depth < MAX_DEPTH) return message;
  throw new FormatError(
    `Cannot read ${message.name} of "${message.source.name}": the message at byte ${offset} is nested more than ${MAX_DEPTH} levels deep`,
    { file: message.source.name, offset },
  );
}

/**
 * One field of a protobuf message. The reading methods check how the field is stored and throw a
 * {@linkcode FormatError} that names file, offset, message and field. What they return may be kept,
 * except `bytes()`; the field itself is valid until the next step of its iterator.
 */
export class ProtobufField implements ByteRange {
  /** The field number. */
  readonly number: number;
  /** How it is stored. */
  readonly wireType: ProtobufWireType;
  /** The length of the payload in bytes. */
  readonly byteLength: number;
  /** The message it belongs to. */
  readonly parent: ProtobufMessage;
  /** The piece of the file that is in memory. */
  readonly window: ProtobufWindow;
  readonly #headerIndex: number;
  readonly #index: number;

  /**
   * Reads the header of a field, which must lie in the window unless the message ends before.
   * Fields are made by `readProtobufFields`.
   *
   * @param parent The message.
   * @param window The piece of the file that is in memory.
   * @param position Where the field begins in the file.
   * @throws {FormatError} If there is no field of a known form, or it leaves the message.
   */
  constructor(parent: ProtobufMessage, window: ProtobufWindow, position: number) {
    this.parent = parent;
    this.window = window;
    const { reader } = window;
    try {
      reader.pos = position - window.offset;
      const [number, wireType] = reader.tag();
      if (wireType === 3 || wireType === 4) throw new RangeError("groups are not supported");
      this.number = number;
      this.wireType = wireType;
      this.#headerIndex = reader.pos;
      const varintBytes = wireType === 0 || wireType === 2 ? countVarintBytes(window) : 0;
      this.byteLength = wireType === 2
        ? readLength(reader, varintBytes)
        : wireType === 0
        ? varintBytes
        : wireType === 1
        ? 8
        : 4;
      this.#index = reader.pos;
    } catch (cause) {
      throw fieldError(parent, position, cause);
    }
    if (this.end > parent.end) {
      throw this.error(
        `needs ${this.byteLength} bytes, the message ends ${parent.end - this.offset} bytes on`,
      );
    }
  }

  /** The file. */
  get source(): ByteSource {
    return this.parent.source;
  }

  /** Where the payload begins in the file. */
  get offset(): number {
    return this.window.offset + this.#index;
  }

  /** Where the payload ends in the file. */
  get end(): number {
    return this.window.offset + this.#index + this.byteLength;
  }

  /** Whether the payload is in memory: always for numbers, for the rest if it is small. */
  get loaded(): boolean {
    return this.#index + this.byteLength <= this.window.bytes.length;
  }

  /** A signed integer (int32, int64, enum) that a number holds exactly. */
  integer(): number {
    const reader = this.#start(0);
    // Four bytes hold 28 bits: no sign, nothing cut off.
    return this.byteLength <= 4 ? reader.uint32() : this.#exact(reader.int64());
  }

  /** An unsigned integer (uint32, uint64) that a number holds exactly. */
  unsigned(): number {
    const reader = this.#start(0);
    return this.byteLength <= 4 ? reader.uint32() : this.#exact(reader.uint64());
  }

  /** A signed 64-bit integer. */
  bigint(): bigint {
    return BigInt(this.#start(0).int64());
  }

  /** A bool. */
  boolean(): boolean {
    return this.#start(0).bool();
  }

  /** A float. */
  float(): number {
    return this.#start(5).float();
  }

  /** A double. */
  double(): number {
    return this.#start(1).double();
  }

  /** A string of UTF-8; must be loaded. */
  string(): string {
    const reader = this.#start(2);
    reader.pos = this.#headerIndex;
    try {
      return reader.string(true);
    } catch (cause) {
      throw this.error("is not UTF-8 text", cause);
    }
  }

  /** The payload, valid until the next step of the iterator; must be loaded. */
  bytes(): Uint8Array {
    this.#start(2);
    return this.window.bytes.subarray(this.#index, this.#index + this.byteLength);
  }

  /** The fields of a nested message; must be loaded. */
  *fields(name: string = "message"): Generator<ProtobufField> {
    this.#start(2);
    const { source, depth } = this.parent;
    const message = { source, name, end: this.end, depth: depth + 1 };
    enterProtobufMessage(message, this.offset);
    for (let position = this.offset; position < this.end;) {
      const field = new ProtobufField(message, this.window, position);
      position = field.end;
      yield field;
    }
  }

  /** Values of a repeated signed integer field, packed or single; must be loaded. */
  integers(): number[] {
    return this.wireType === 0
      ? [this.integer()]
      : this.#unpack((reader) => this.#exact(reader.int64()));
  }

  /** As `integers`, with all 64 bits. */
  bigints(): bigint[] {
    return this.wireType === 0 ? [this.bigint()] : this.#unpack((reader) => BigInt(reader.int64()));
  }

  /** Values of a repeated float field, packed or single; must be loaded. */
  floats(): number[] {
    return this.wireType === 5 ? [this.float()] : this.#unpack((reader) => reader.float(), 4);
  }

  /** Values of a repeated double field, packed or single; must be loaded. */
  doubles(): number[] {
    return this.wireType === 1 ? [this.double()] : this.#unpack((reader) => reader.double(), 8);
  }

  /**
   * Makes an error about this field.
   *
   * @param problem What is wrong with it: a sentence that goes on from "field 5 at byte 1234".
   * @param cause The error behind it.
   */
  error(problem: string, cause?: unknown): FormatError {
    const { name, source } = this.parent;
    return new FormatError(
      `Cannot read ${name} of "${source.name}": field ${this.number} at byte ${this.offset} ${problem}`,
      { file: source.name, offset: this.offset, cause },
    );
  }

  /** Checks that the field is stored as expected, and puts the decoder to its payload. */
  #start(wireType: ProtobufWireType): BinaryReader {
    if (this.wireType !== wireType) {
      throw this.error(
        `is stored as ${WIRE_TYPE_NAMES[this.wireType]}, expected ${WIRE_TYPE_NAMES[wireType]}`,
      );
    }
    if (!this.loaded) {
      throw this.error(`has ${this.byteLength} bytes, more than expected for its kind`);
    }
    this.window.reader.pos = this.#index;
    return this.window.reader;
  }

  #exact(value: bigint | string): number {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw this.error(`is ${value}, expected an integer below 2^53`);
  }

  #unpack<T>(next: (reader: BinaryReader) => T, bytesEach?: number): T[] {
    const reader = this.#start(2);
    const end = this.#index + this.byteLength;
    const values: T[] = [];
    if (bytesEach !== undefined && this.byteLength % bytesEach !== 0) {
      throw this.error(`has ${this.byteLength} bytes, expected a multiple of ${bytesEach}`);
    }
    while (reader.pos < end) {
      if (bytesEach === undefined) {
        try {
          countVarintBytes(this.window);
        } catch (cause) {
          throw fieldError(this.parent, this.window.offset + reader.pos, cause);
        }
      }
      values.push(next(reader));
    }
    if (reader.pos !== end) throw this.error("ends within a number");
    return values;
  }
}

function fieldError(message: ProtobufMessage, offset: number, cause: unknown): FormatError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FormatError(
    `Cannot read ${message.name} of "${message.source.name}": expected a protobuf field at byte ${offset}, found none (${reason})`,
    { file: message.source.name, offset, expected: "a protobuf field", cause },
  );
}

/** How long the varint at the decoder's place is; refuses more than 64 bits. */
function countVarintBytes({ reader, bytes }: ProtobufWindow): number {
  let count = 1;
  while ((bytes[reader.pos + count - 1] ?? 0) >= 0x80) count++;
  const overlong = count > MAX_VARINT_BYTES ||
    count === MAX_VARINT_BYTES && (bytes[reader.pos + count - 1] ?? 0) > 1;
  if (overlong) throw new RangeError("a varint has more than 64 bits");
  if (reader.pos + count > bytes.length) throw new RangeError("a varint is cut off");
  return count;
}

/** `uint32()` is quick but cuts off what more than four bytes hold. */
function readLength(reader: BinaryReader, varintBytes: number): number {
  return varintBytes <= 4 ? reader.uint32() : Number(reader.uint64());
}
