import { FormatError } from "../../../errors.ts";
import { type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import { INLINE_BYTES } from "./limits.ts";

/** Options for {@linkcode nestedFields}. */
export interface NestedFieldsOptions {
  /** Payloads up to this size come along where the message itself did not. */
  readonly inlineBytes?: number;
  /** Ends the walk early. */
  readonly signal?: AbortSignal | undefined;
}

/** The fields of a nested message: from memory where it came along, else from the file. */
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
