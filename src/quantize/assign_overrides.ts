import type { Model, ModelEncodings, TypeOverride } from "../graph/mod.ts";
import type { TensorEncoding } from "../tensor/mod.ts";

/**
 * Puts each override into the section its tensor belongs to: files of version 2 do not tell
 * activations from parameters, and others mix them up. Names that match nothing stay where they are.
 *
 * @param model The network that the overrides are for.
 * @param overrides Overrides in any section.
 */
export function assignOverrides(
  model: Pick<Model, "initializers" | "values">,
  overrides: ModelEncodings,
): ModelEncodings {
  const { types } = overrides;
  const encodings = assign<TensorEncoding>(model, overrides);
  if (types === undefined) return encodings;
  return { ...encodings, types: assign<TypeOverride>(model, types) };
}

function assign<T>(
  model: Pick<Model, "initializers" | "values">,
  sections: {
    readonly activations: ReadonlyMap<string, T>;
    readonly parameters: ReadonlyMap<string, T>;
  },
): { readonly activations: ReadonlyMap<string, T>; readonly parameters: ReadonlyMap<string, T> } {
  const activations = new Map<string, T>();
  const parameters = new Map<string, T>();
  for (const [name, entry] of sections.activations) {
    (model.initializers.has(name) ? parameters : activations).set(name, entry);
  }
  for (const [name, entry] of sections.parameters) {
    (model.values.has(name) ? activations : parameters).set(name, entry);
  }
  return { activations, parameters };
}
