import { FormatError } from "../../../errors.ts";
import { type ByteSource, type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import type { FieldSchema } from "../schema/field_schema.ts";
import { CAFFE_SCHEMA, FORK_LAYERS } from "../schema/net_parameter.ts";
import { CaffeMessage } from "./caffe_message.ts";
import { readBlob } from "./read_blob.ts";

/** More layers than any real network has; two bytes of file make one. */
const MAX_LAYERS = 100_000;

/** Messages whose tensors make them large: they are walked, all others come along whole. */
const LARGE_MESSAGES: ReadonlySet<string> = new Set([
  "LayerParameter",
  "V1LayerParameter",
  "V0LayerParameter",
]);

const FIELD_NAMES: ReadonlyMap<string, ReadonlyMap<number, string>> = new Map(
  Object.entries(CAFFE_SCHEMA).map(([type, fields]) => [
    type,
    new Map(
      Object.entries(fields).flatMap(([name, { number }]) => number === 0 ? [] : [[number, name]]),
    ),
  ]),
);

/**
 * Reads a network in binary form; of its tensors only where they lie.
 *
 * @param source The file.
 * @param options Abort signal.
 * @returns The `NetParameter`.
 * @throws {FormatError} If the file is no protobuf message or contradicts its schema.
 */
export async function readNet(
  source: ByteSource,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CaffeMessage> {
  const net = new CaffeMessage("NetParameter");
  const range = { offset: 0, byteLength: source.byteLength };
  const options = { message: "NetParameter", ...signal && { signal } };
  let layers = 0;
  for await (const field of readProtobufFields(source, range, options)) {
    if (field.number === 2 || field.number === 100) layers++;
    if (layers > MAX_LAYERS) {
      throw new FormatError(
        `Cannot read "${source.name}": it has more than ${MAX_LAYERS} layers`,
        { file: source.name, expected: `at most ${MAX_LAYERS} layers` },
      );
    }
    await addField(net, field, signal);
  }
  return net;
}

async function addField(
  message: CaffeMessage,
  field: ProtobufField,
  signal: AbortSignal | undefined,
): Promise<void> {
  const name = FIELD_NAMES.get(message.type)?.get(field.number);
  const schema = name === undefined ? undefined : CAFFE_SCHEMA[message.type]?.[name];
  if (name === undefined || schema === undefined) {
    message.unknownNumber ??= field.number;
    return;
  }
  if (schema.kind === "ignored") return;
  if (schema.kind === "blobs") {
    message.blobs.push(await readBlob(field, signal));
  } else if (LARGE_MESSAGES.has(schema.type ?? "")) {
    const nested = new CaffeMessage(schema.type ?? "");
    const options = { message: nested.type, ...signal && { signal } };
    for await (const part of readProtobufFields(field.source, field, options)) {
      await addField(nested, part, signal);
    }
    // Every fork adds fields that do not matter; they do where the layer itself is of a fork.
    if (!FORK_LAYERS.has(nested.string("type"))) nested.unknownNumber = undefined;
    message.add(name, nested);
  } else addSmallField(message, { field, name, schema });
}

function addSmallField(
  message: CaffeMessage,
  { field, name, schema }: {
    readonly field: ProtobufField;
    readonly name: string;
    readonly schema: FieldSchema;
  },
): void {
  if (schema.kind === "message") {
    message.add(name, readSmallMessage(field, schema.type ?? ""));
    return;
  }
  for (const value of readScalars(field, schema)) message.add(name, value);
}

function readSmallMessage(field: ProtobufField, type: string): CaffeMessage {
  const message = new CaffeMessage(type);
  for (const part of field.fields(type)) {
    const name = FIELD_NAMES.get(type)?.get(part.number);
    const schema = name === undefined ? undefined : CAFFE_SCHEMA[type]?.[name];
    if (name === undefined || schema === undefined || schema.kind === "ignored") continue;
    addSmallField(message, { field: part, name, schema });
  }
  return message;
}

function readScalars(
  field: ProtobufField,
  { kind, values = {} }: FieldSchema,
): readonly (number | boolean | string)[] {
  if (kind === "string") return [field.string()];
  if (kind === "bool") return [field.boolean()];
  if (kind === "float") return field.floats();
  const integers = field.integers();
  if (kind === "uint" && integers.some((value) => value < 0)) {
    throw field.error(`is ${integers.find((value) => value < 0)}, expected an integer from 0`);
  }
  if (kind !== "enum") return integers;
  return integers.map((integer) => {
    const found = Object.entries(values).find(([, number]) => number === integer);
    if (found === undefined) {
      const known = Object.entries(values).map(([name, number]) => `${number} (${name})`);
      throw field.error(`is ${integer}, expected one of ${known.join(", ")}`);
    }
    return found[0];
  });
}
