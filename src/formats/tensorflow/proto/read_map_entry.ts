import {
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";

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
  { readValue, ...options }: NestedFieldsOptions & {
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
