import { ByteCursor } from "./byte_cursor.ts";
import type { ByteRange } from "./byte_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";
import {
  enterProtobufMessage,
  MAX_HEADER_BYTES,
  openProtobufWindow,
  ProtobufField,
  type ProtobufMessage,
} from "./protobuf_field.ts";

/** Length-delimited payloads up to this size come with their bytes unless told otherwise. */
export const INLINE_BYTES = 64 * 1024;

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
 * Walks the fields of a protobuf message of any size from front to back without loading large
 * payloads. Groups, overlong varints and fields that leave the message are refused.
 *
 * A nested message is walked the same way, whatever its size:
 * `readProtobufFields(field.source, field)`; what is in memory already is not read again. Where
 * `field.loaded`, `field.fields()` does it without promises.
 *
 * @param source The file.
 * @param range Where the message lies: a range, or the field that holds it.
 * @param options Name of the message, size of payloads that come along, abort signal.
 * @returns The fields, each valid until the next step.
 * @throws {FormatError} If the bytes are no protobuf message or leave the range.
 */
export async function* readProtobufFields(
  source: ByteSource,
  range: ByteRange | ProtobufField,
  options: ProtobufOptions = {},
): AsyncGenerator<ProtobufField> {
  const { message: name = "message", inlineBytes = INLINE_BYTES, signal } = options;
  const parent = range instanceof ProtobufField ? range : undefined;
  if (parent?.loaded) {
    yield* parent.fields(name);
    return;
  }
  const cursor = new ByteCursor(source, range, {
    ...(signal === undefined ? {} : { signal }),
    ...(parent === undefined ? {} : { window: parent.window }),
  });
  const depth = parent === undefined ? 0 : parent.parent.depth + 1;
  const message: ProtobufMessage = { source, name, end: cursor.end, depth };
  enterProtobufMessage(message, range.offset);
  let window = openProtobufWindow(cursor.window);
  while (cursor.remaining > 0) {
    if (!cursor.holds(MAX_HEADER_BYTES)) await cursor.fill(MAX_HEADER_BYTES);
    if (window.bytes !== cursor.window.bytes) window = openProtobufWindow(cursor.window);
    let field = new ProtobufField(message, window, cursor.position);
    if (!field.loaded && field.byteLength <= inlineBytes) {
      await cursor.fill(field.end - cursor.position);
      window = openProtobufWindow(cursor.window);
      field = new ProtobufField(message, window, cursor.position);
    }
    cursor.seek(field.end);
    yield field;
  }
}
