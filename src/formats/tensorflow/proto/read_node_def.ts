import { FormatError } from "../../../errors.ts";
import {
  nestedFields,
  type NestedFieldsOptions,
  type ProtobufField,
  shortText,
} from "../../../io/mod.ts";
import { type AttrValue, readAttribute } from "./read_attr_value.ts";

/** A node as the file has it. */
export interface TensorflowNode {
  /** Unique in its graph or function. */
  readonly name: string;
  /** The operator. */
  readonly operator: string;
  /** What it reads: `name` for output 0 of a node, `name:1` for others; without control inputs. */
  readonly inputs: readonly string[];
  /** Attributes by name; those with their default may be left out. */
  readonly attributes: ReadonlyMap<string, AttrValue>;
}

/**
 * Reads a node.
 *
 * @param field The field that holds the message.
 * @param options Abort signal.
 * @throws {FormatError} If it has no name or no operator.
 */
export async function readNodeDef(
  field: ProtobufField,
  options: NestedFieldsOptions = {},
): Promise<TensorflowNode> {
  let name = "";
  let operator = "";
  const inputs: string[] = [];
  const attributes = new Map<string, AttrValue>();
  for await (const part of nestedFields(field, "NodeDef", options)) {
    if (part.number === 1) name = shortText(part, "the name of a node");
    else if (part.number === 2) operator = shortText(part, "an operator");
    else if (part.number === 3) {
      const input = shortText(part, "the name of an input");
      if (!input.startsWith("^")) inputs.push(input.replace(/:0$/, ""));
    } else if (part.number === 5) await readAttribute(part, attributes, options);
  }
  if (name === "" || operator === "") {
    const { source, offset } = field;
    throw new FormatError(
      `Cannot read "${source.name}": the node at byte ${offset} has name "${name}" and operator ` +
        `"${operator}", expected both`,
      { file: source.name, offset },
    );
  }
  return { name, operator, inputs, attributes };
}
