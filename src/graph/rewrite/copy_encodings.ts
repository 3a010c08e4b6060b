import type { TensorEncoding } from "../../tensor/mod.ts";
import type { Model, ModelEncodings } from "../model.ts";

/** Encodings in maps of their own, which a rewrite may change. */
export interface MutableEncodings extends ModelEncodings {
  /** Of network inputs and node outputs. */
  readonly activations: Map<string, TensorEncoding>;
  /** Of initializers. */
  readonly parameters: Map<string, TensorEncoding>;
}

/** Copies of the encodings of a model: those in force and those asked for. */
export function copyEncodings(
  model: Pick<Model, "encodings" | "overrides">,
): { readonly encodings: MutableEncodings; readonly overrides: MutableEncodings } {
  const copy = (encodings: ModelEncodings): MutableEncodings => ({
    ...encodings,
    activations: new Map(encodings.activations),
    parameters: new Map(encodings.parameters),
  });
  return { encodings: copy(model.encodings), overrides: copy(model.overrides) };
}
