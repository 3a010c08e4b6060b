import type { AttrValue, FunctionName } from "../proto/read_attr_value.ts";
import { badNode } from "../unsupported_node.ts";
import type { NodeCall } from "./value_rules.ts";

/**
 * The function that an attribute names.
 *
 * @throws {FormatError} If it names none.
 */
export function functionAttribute(call: NodeCall, name: string): FunctionName {
  const value = call.node.attributes.get(name);
  if (value?.kind === "function") return value.value;
  throw badNode(call, `it has no function as attribute "${name}"`);
}

/** Attributes of a call inside a function may stand for that function's own. */
export function resolveAll(
  attributes: ReadonlyMap<string, AttrValue>,
  placeholders: ReadonlyMap<string, AttrValue>,
): ReadonlyMap<string, AttrValue> {
  const resolved = new Map<string, AttrValue>();
  for (const [name, value] of attributes) {
    const found = value.kind === "placeholder" ? placeholders.get(value.value) : value;
    if (found !== undefined) resolved.set(name, found);
  }
  return resolved;
}
