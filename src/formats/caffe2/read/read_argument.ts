import { FormatError } from "../../../errors.ts";
import { type ProtobufField, readProtobufFields } from "../../../io/mod.ts";
import type { Argument, FloatRange } from "./operator_def.ts";

/** Integers are settings and small tables; no net has more of them in one argument. */
const MAX_INTEGERS = 1_048_576;

/** Wire type and field number of an unpacked element of `floats`, in one byte. */
const FLOAT_TAG = 5 << 3 | 5;
const TAGGED_FLOAT_BYTES = 5;

/**
 * Reads an `Argument`; of its real numbers only where they lie. Caffe2's schema is of proto2, where
 * repeated numbers are not packed: each has its tag before it. From the first one on they fill the
 * message, so the walk ends there, and the tags are checked when the numbers are read.
 *
 * @param field The field that holds the message.
 * @param signal Ends the work early.
 * @throws {FormatError} If it holds tensors or nets, or is malformed.
 */
export async function readArgument(
  field: ProtobufField,
  signal?: AbortSignal,
): Promise<readonly [name: string, argument: Argument]> {
  const argument: { -readonly [K in keyof Argument]: Argument[K] } = { integers: [] };
  const integers: number[] = [];
  let name = "";
  const { source, end } = field;
  const options = { message: "Argument", ...signal && { signal } };
  for await (const part of readProtobufFields(source, field, options)) {
    if (part.number === 1) name = part.string();
    else if (part.number === 2) argument.float = part.float();
    else if (part.number === 3) argument.integer = part.integer();
    else if (part.number === 4 && part.loaded) argument.string = readText(part.bytes());
    else if (part.number === 6) {
      for (const integer of part.integers()) integers.push(integer);
      if (integers.length > MAX_INTEGERS) throw tooMany(field);
    } else if (part.number === 5) {
      argument.floats = floatRange(part, { end, before: argument.floats });
      if (argument.floats.offset + argument.floats.byteLength === end) break;
    }
  }
  return [name, { ...argument, integers }];
}

function floatRange(
  part: ProtobufField,
  { end, before }: { readonly end: number; readonly before: FloatRange | undefined },
): FloatRange {
  const { source, offset, byteLength, wireType } = part;
  if (before !== undefined) {
    throw part.error("comes in several pieces, expected its numbers in one piece");
  }
  if (wireType === 2) return { source, offset, byteLength };
  if (wireType !== 5) throw part.error("holds no real numbers");
  const start = offset - 1;
  // Numbers alone come behind the first one.
  const count = Math.floor((end - start) / TAGGED_FLOAT_BYTES);
  return { source, offset: start, byteLength: count * TAGGED_FLOAT_BYTES, tag: FLOAT_TAG };
}

/** Strings of arguments are bytes; what is no text has no meaning here. */
function readText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function tooMany({ source, offset }: ProtobufField): FormatError {
  return new FormatError(
    `Cannot read "${source.name}": the argument at byte ${offset} has more than ${MAX_INTEGERS} integers`,
    { file: source.name, offset },
  );
}
