import { FormatError } from "../errors.ts";
import type { TensorReference } from "../tensor/mod.ts";
import type { Attribute, Node } from "./model.ts";

type AttributeOf<T extends Attribute["type"]> = Extract<Attribute, { readonly type: T }>;

function isOfType<T extends Attribute["type"]>(
  attribute: Attribute,
  type: T,
): attribute is AttributeOf<T> {
  return attribute.type === type;
}

/** Finds an attribute and checks its type; `undefined` where the node leaves it out. */
function findAttribute<T extends Attribute["type"]>(
  node: Node,
  name: string,
  type: T,
): AttributeOf<T> | undefined {
  const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  if (attribute === undefined) return undefined;
  if (isOfType(attribute, type)) return attribute;
  throw new FormatError(
    `Cannot read attribute "${name}" of node "${node.name}" (${node.operator}): ` +
      `it is of type ${attribute.type}, expected ${type}`,
    { expected: type, found: attribute.type },
  );
}

/**
 * The value of an integer attribute, or `fallback` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function intAttribute(node: Node, name: string, fallback: number): number {
  return findAttribute(node, name, "int")?.value ?? fallback;
}

/**
 * The value of a float attribute, or `fallback` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function floatAttribute(node: Node, name: string, fallback: number): number {
  return findAttribute(node, name, "float")?.value ?? fallback;
}

/**
 * The value of a string attribute, or `fallback` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function stringAttribute(node: Node, name: string, fallback: string): string {
  return findAttribute(node, name, "string")?.value ?? fallback;
}

/**
 * The values of a list of integers, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  return findAttribute(node, name, "ints")?.value;
}

/**
 * The values of a list of floats, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function floatsAttribute(node: Node, name: string): readonly number[] | undefined {
  return findAttribute(node, name, "floats")?.value;
}

/**
 * The values of a list of strings, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function stringsAttribute(node: Node, name: string): readonly string[] | undefined {
  return findAttribute(node, name, "strings")?.value;
}

/**
 * The tensor of an attribute, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function tensorAttribute(node: Node, name: string): TensorReference | undefined {
  return findAttribute(node, name, "tensor")?.value;
}
