import { FormatError } from "../errors.ts";
import type { ProtobufField } from "./protobuf_field.ts";
import { INLINE_BYTES, readProtobufFields } from "./read_protobuf_fields.ts";

/** Options for {@linkcode nestedFields}. */
export interface NestedFieldsOptions {
  /**
   * Payloads up to this size come along where the message itself did not.
   *
   * @default {65536}
   */
  readonly inlineBytes?: number;
  /** Ends the walk early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The fields of a nested message: from memory where it came along, else from the file.
 *
 * @param field The field that holds the message.
 * @param message The message type, as error messages name it.
 * @param options Size of payloads that come along, abort signal.
 */
export function nestedFields(
  field: ProtobufField,
  message: string,
  { inlineBytes = INLINE_BYTES, signal }: NestedFieldsOptions = {},
): Iterable<ProtobufField> | AsyncIterable<ProtobufField> {
  if (field.loaded) return field.fields(message);
  const options = signal === undefined ? {} : { signal };
  return readProtobufFields(field.source, field, { message, inlineBytes, ...options });
}

/**
 * The text of a name or a similar short string.
 *
 * @param field The field that holds the text.
 * @param what What the text is, for messages.
 * @throws {FormatError} If it is too long to be one.
 */
export function shortText(field: ProtobufField, what: string): string {
  if (field.loaded) return field.string();
  throw new FormatError(
    `Cannot read "${field.source.name}": ${what} at byte ${field.offset} has ` +
      `${field.byteLength} bytes, expected at most ${INLINE_BYTES}`,
    { file: field.source.name, offset: field.offset, found: `${field.byteLength} bytes` },
  );
}
