import { FormatError } from "../../../errors.ts";
import type { Attribute } from "../../../graph/mod.ts";
import {
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { MAX_ATTRIBUTE_BYTES } from "./limits.ts";
import { readTensorProto, type TensorProto } from "./read_tensor_proto.ts";
import type { TensorReader } from "./tensor_reader.ts";

/** An attribute by name, or why it is not supported. */
export interface NamedAttribute {
  /** The name. */
  readonly name: string;
  /** The value. */
  readonly value: Attribute | UnsupportedAttribute;
}

/** What an attribute holds that dlcstream has no use for. */
export interface UnsupportedAttribute {
  /** Tells it from the supported ones. */
  readonly type: "unsupported";
  /** What it holds, in words. */
  readonly what: string;
}

/** `AttributeProto.AttributeType` in words, where no {@linkcode Attribute} stands for it. */
const UNSUPPORTED: ReadonlyMap<number, string> = new Map([
  [5, "a graph (control flow)"],
  [9, "a list of tensors"],
  [10, "a list of graphs (control flow)"],
  [11, "a sparse tensor"],
  [12, "a list of sparse tensors"],
  [13, "a type"],
  [14, "a list of types"],
]);

/** The type that a value field stands for, where a file states none. */
const TYPE_OF_FIELD: ReadonlyMap<number, number> = new Map([
  [2, 1],
  [3, 2],
  [4, 3],
  [5, 4],
  [6, 5],
  [7, 6],
  [8, 7],
  [9, 8],
  [10, 9],
  [11, 10],
  [14, 13],
  [15, 14],
  [22, 11],
  [23, 12],
]);

/**
 * Reads an attribute of a node.
 *
 * @param field The field that holds the message.
 * @param tensors Turns a tensor attribute into a reference.
 * @param options Abort signal.
 * @throws {FormatError} If it has no name or an unknown type.
 */
export async function readAttributeProto(
  field: ProtobufField,
  tensors: TensorReader,
  options: NestedFieldsOptions = {},
): Promise<NamedAttribute> {
  let name = "";
  let type = 0;
  let typeOfValue = 0;
  let number = 0;
  let text = "";
  let tensor: TensorProto | undefined;
  const numbers: number[] = [];
  const texts: string[] = [];
  const walk = { ...options, inlineBytes: MAX_ATTRIBUTE_BYTES };
  for await (const part of nestedFields(field, "AttributeProto", walk)) {
    if (part.number === 1) name = shortText(part, "the name of an attribute");
    else if (part.number === 20) type = part.integer();
    else if (part.number === 2) number = part.float();
    else if (part.number === 3) number = safeInteger(part.bigint());
    else if (part.number === 4) text = shortText(part, `attribute "${name}"`);
    else if (part.number === 5) tensor = await readTensorProto(part, options);
    else if (part.number === 7) append(numbers, part.floats());
    else if (part.number === 8) append(numbers, part.bigints().map(safeInteger));
    else if (part.number === 9) texts.push(shortText(part, `attribute "${name}"`));
    typeOfValue = TYPE_OF_FIELD.get(part.number) ?? typeOfValue;
  }
  if (type === 0) type = typeOfValue;
  const reference = tensor === undefined || type !== 4
    ? undefined
    : await tensors.reference(tensor, tensor.name || name);
  const value = attributeOf(type, { number, text, numbers, texts, reference });
  if (name !== "" && value !== undefined) return { name, value };
  const { source, offset } = field;
  throw new FormatError(
    `Cannot read "${source.name}": attribute "${name}" at byte ${offset} has type ${type}, ` +
      `expected a name and a type from 1 to 14 with its value`,
    { file: source.name, offset, found: `type ${type}` },
  );
}

interface AttributeValues {
  readonly number: number;
  readonly text: string;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
  readonly reference: (Attribute & { readonly type: "tensor" })["value"] | undefined;
}

function attributeOf(type: number, values: AttributeValues): NamedAttribute["value"] | undefined {
  const { number, text, numbers, texts, reference } = values;
  switch (type) {
    case 1:
      return { type: "float", value: number };
    case 2:
      return { type: "int", value: number };
    case 3:
      return { type: "string", value: text };
    case 4:
      return reference && { type: "tensor", value: reference };
    case 6:
      return { type: "floats", value: numbers };
    case 7:
      return { type: "ints", value: numbers };
    case 8:
      return { type: "strings", value: texts };
  }
  const what = UNSUPPORTED.get(type);
  return what === undefined ? undefined : { type: "unsupported", what };
}

/** Integers beyond 2^53 mean "to the end" in `Slice`; nothing tells them from one another. */
function safeInteger(value: bigint): number {
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.max(-limit, Math.min(limit, Number(value)));
}

/** `push(...values)` has a limit on arguments. */
function append(target: number[], values: readonly number[]): void {
  for (const value of values) target.push(value);
}
