import { FormatError } from "../errors.ts";
import type { TensorReference } from "../tensor/mod.ts";
import type { Attribute, Node } from "./model.ts";

/** Finds an attribute and checks its type; absent attributes are `undefined`. */
function attributeOfType<T extends Attribute["type"]>(
  node: Node,
  name: string,
  type: T,
): Extract<Attribute, { type: T }>["value"] | undefined {
  if (!Object.hasOwn(node.attributes, name)) return undefined;
  const attribute = node.attributes[name];
  if (attribute === undefined) return undefined;
  if (attribute.type !== type) {
    throw new FormatError(
      `Cannot read attribute "${name}" of node "${node.name}" (${node.operator}): ` +
        `it is of type ${attribute.type}, expected ${type}`,
      { expected: type, found: attribute.type },
    );
  }
  return attribute.value as Extract<Attribute, { type: T }>["value"];
}

/**
 * The value of an integer attribute, or `fallback` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function intAttribute(node: Node, name: string, fallback: number): number {
  return attributeOfType(node, name, "int") ?? fallback;
}

/**
 * The value of a float attribute, or `fallback` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function floatAttribute(node: Node, name: string, fallback: number): number {
  return attributeOfType(node, name, "float") ?? fallback;
}

/**
 * The value of a string attribute, or `fallback` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function stringAttribute(node: Node, name: string, fallback: string): string {
  return attributeOfType(node, name, "string") ?? fallback;
}

/**
 * The values of a list of integers, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  return attributeOfType(node, name, "ints");
}

/**
 * The values of a list of floats, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function floatsAttribute(node: Node, name: string): readonly number[] | undefined {
  return attributeOfType(node, name, "floats");
}

/**
 * The values of a list of strings, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function stringsAttribute(node: Node, name: string): readonly string[] | undefined {
  return attributeOfType(node, name, "strings");
}

/**
 * The tensor of an attribute, or `undefined` where the node leaves it out.
 *
 * @throws {FormatError} If the attribute has another type.
 */
export function tensorAttribute(node: Node, name: string): TensorReference | undefined {
  return attributeOfType(node, name, "tensor");
}
