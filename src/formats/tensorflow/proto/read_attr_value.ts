import {
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { MAX_ATTRIBUTE_BYTES } from "./limits.ts";
import { readTensorProto, type TensorProto } from "./read_tensor_proto.ts";
import { readTensorShape, type StatedShape } from "./read_tensor_shape.ts";
import { readMapEntry } from "./read_map_entry.ts";

/** A function that an attribute names, with the attributes it is called with. */
export interface FunctionName {
  /** Its name in the library. */
  readonly name: string;
  /** Values for the attributes that its nodes leave open. */
  readonly attributes: ReadonlyMap<string, AttrValue>;
}

/** An attribute of a node, tagged with what it holds. */
export type AttrValue =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "type"; readonly value: number }
  | { readonly kind: "shape"; readonly value: StatedShape }
  | { readonly kind: "tensor"; readonly value: TensorProto }
  | { readonly kind: "function"; readonly value: FunctionName }
  /** Stands for the attribute of that name of the function around the node. */
  | { readonly kind: "placeholder"; readonly value: string }
  | { readonly kind: "list"; readonly value: AttrList };

/** A list; only the member of its own kind has elements. */
export interface AttrList {
  /** Strings. */
  readonly texts: readonly string[];
  /** Integers. */
  readonly ints: readonly number[];
  /** Floats. */
  readonly floats: readonly number[];
}

/**
 * Reads an `AttrValue`.
 *
 * @returns The value, or `undefined` if it is empty or of a kind that no operator here has.
 */
export async function readAttrValue(
  field: ProtobufField,
  options: NestedFieldsOptions = {},
): Promise<AttrValue | undefined> {
  let value: AttrValue | undefined;
  for await (const part of nestedFields(field, "AttrValue", options)) {
    value = await readChoice(part, options) ?? value;
  }
  return value;
}

async function readChoice(
  part: ProtobufField,
  options: NestedFieldsOptions,
): Promise<AttrValue | undefined> {
  switch (part.number) {
    case 1:
      return { kind: "list", value: await readList(part, options) };
    case 2:
      return { kind: "text", value: text(part) };
    case 3:
      return { kind: "int", value: safeInteger(part.bigint()) };
    case 4:
      return { kind: "float", value: part.float() };
    case 5:
      return { kind: "bool", value: part.boolean() };
    case 6:
      return { kind: "type", value: part.integer() };
    case 7:
      return { kind: "shape", value: readTensorShape(part) };
    case 8:
      return { kind: "tensor", value: await readTensorProto(part, options) };
    case 9:
      return { kind: "placeholder", value: shortText(part, "the name of a placeholder") };
    case 10:
      return { kind: "function", value: await readFunctionName(part, options) };
  }
  return undefined;
}

/** Some attributes hold serialized messages; nothing here reads them as text. */
function text(part: ProtobufField): string {
  return part.loaded ? new TextDecoder().decode(part.bytes()) : "";
}

async function readList(field: ProtobufField, options: NestedFieldsOptions): Promise<AttrList> {
  const texts: string[] = [];
  const ints: number[] = [];
  const floats: number[] = [];
  const walk = { ...options, inlineBytes: MAX_ATTRIBUTE_BYTES };
  for await (const part of nestedFields(field, "AttrValue.ListValue", walk)) {
    if (part.number === 2) texts.push(text(part));
    else if (part.number === 3) { for (const one of part.bigints()) ints.push(safeInteger(one)); }
    else if (part.number === 4) { for (const one of part.floats()) floats.push(one); }
  }
  return { texts, ints, floats };
}

async function readFunctionName(
  field: ProtobufField,
  options: NestedFieldsOptions,
): Promise<FunctionName> {
  let name = "";
  const attributes = new Map<string, AttrValue>();
  for await (const part of nestedFields(field, "NameAttrList", options)) {
    if (part.number === 1) name = shortText(part, "the name of a function");
    if (part.number === 2) await readAttribute(part, attributes, options);
  }
  return { name, attributes };
}

/** Reads an entry of a map of attributes into `attributes`. Names with `_` in front are notes. */
export async function readAttribute(
  field: ProtobufField,
  attributes: Map<string, AttrValue>,
  options: NestedFieldsOptions = {},
): Promise<void> {
  const readValue = (value: ProtobufField) => readAttrValue(value, options);
  const { key, value } = await readMapEntry(field, "an attribute", { ...options, readValue });
  if (value !== undefined && !key.startsWith("_")) attributes.set(key, value);
}

/** Integers beyond 2^53 mean "to the end"; nothing tells them from one another. */
function safeInteger(value: bigint): number {
  const limit = Number.MAX_SAFE_INTEGER;
  return Math.max(-limit, Math.min(limit, Number(value)));
}
