import { FormatError } from "../../../errors.ts";
import type { Attribute, Node } from "../../../graph/mod.ts";
import {
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { readAttributeProto } from "./read_attribute_proto.ts";
import type { TensorReader } from "./tensor_reader.ts";

/** A node as the file has it. */
export interface OnnxNode extends Node {
  /** The operator's domain; empty for the default one. */
  readonly domain: string;
  /** What in its attributes is not supported, such as a graph; absent if nothing is. */
  readonly unsupported?: string;
}

/**
 * Reads a node.
 *
 * @param field The field that holds the message.
 * @param tensors Turns tensor attributes into references.
 * @param options Abort signal.
 * @throws {FormatError} If it has no operator or an attribute twice.
 */
export async function readNodeProto(
  field: ProtobufField,
  tensors: TensorReader,
  options: NestedFieldsOptions = {},
): Promise<OnnxNode> {
  const texts = { name: "", operator: "", domain: "" };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let unsupported: string | undefined;
  for await (const part of nestedFields(field, "NodeProto", options)) {
    if (part.number === 1) inputs.push(shortText(part, "the name of an input"));
    else if (part.number === 2) outputs.push(shortText(part, "the name of an output"));
    else if (part.number === 3) texts.name = shortText(part, "the name of a node");
    else if (part.number === 4) texts.operator = shortText(part, "an operator");
    else if (part.number === 7) texts.domain = shortText(part, "the domain of an operator");
    else if (part.number === 5) {
      const { name, value } = await readAttributeProto(part, tensors, options);
      if (attributes.has(name)) throw duplicate(field, name);
      if (value.type === "unsupported") unsupported = `attribute "${name}" is ${value.what}`;
      else attributes.set(name, value);
    }
  }
  const { name, operator, domain } = texts;
  if (operator === "") throw withoutOperator(field, name);
  const node = {
    name,
    operator,
    domain,
    inputs,
    outputs,
    attributes: Object.fromEntries(attributes),
  };
  return unsupported === undefined ? node : { ...node, unsupported };
}

function duplicate(field: ProtobufField, name: string): FormatError {
  return new FormatError(
    `Cannot read "${field.source.name}": the node at byte ${field.offset} has attribute "${name}" ` +
      `twice, expected it once`,
    { file: field.source.name, offset: field.offset },
  );
}

function withoutOperator(field: ProtobufField, name: string): FormatError {
  return new FormatError(
    `Cannot read "${field.source.name}": node "${name}" at byte ${field.offset} has no operator type`,
    { file: field.source.name, offset: field.offset },
  );
}
