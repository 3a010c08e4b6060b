import { FormatError } from "../../../errors.ts";
import { type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import { INLINE_BYTES } from "./limits.ts";

/** Options for the readers of messages. */
export interface ReadMessageOptions {
  /** Payloads up to this size come along where the message itself did not. */
  readonly inlineBytes?: number;
  /** Ends the walk early. */
  readonly signal?: AbortSignal | undefined;
}

/** The fields of a nested message: from memory where it came along, else from the file. */
export function nestedFields(
  field: ProtobufField,
  message: string,
  { inlineBytes = INLINE_BYTES, signal }: ReadMessageOptions = {},
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

/**
 * The parts of an entry of a protobuf map.
 *
 * @param field The entry.
 * @param what What the key is, for messages.
 * @param readValue Reads the value; the last one counts.
 */
export async function readMapEntry<T>(
  field: ProtobufField,
  what: string,
  { readValue, ...options }: ReadMessageOptions & {
    readonly readValue: (value: ProtobufField) => T | Promise<T>;
  },
): Promise<{ readonly key: string; readonly value: T | undefined }> {
  let key = "";
  let value: T | undefined;
  for await (const part of nestedFields(field, `${what} entry`, options)) {
    if (part.number === 1) key = shortText(part, `the name of ${what}`);
    if (part.number === 2) value = await readValue(part);
  }
  return { key, value };
}
