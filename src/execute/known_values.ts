import type { Model } from "../graph/mod.ts";

/**
 * Checks names of values that a caller gives.
 *
 * @param model The network.
 * @param names The values.
 * @param options Whether constants count as values.
 * @throws {RangeError} If the network has no such value.
 */
export function knownValues(
  model: Model,
  names: Iterable<string>,
  options: { readonly constants?: boolean } = {},
): ReadonlySet<string> {
  const values = new Set(names);
  for (const name of values) {
    if (model.values.has(name)) continue;
    if (options.constants === true && model.initializers.has(name)) continue;
    throw new RangeError(`Cannot observe value "${name}": "${model.name}" has no such value`);
  }
  return values;
}
