/** What a TensorFlow node hands on while its graph is lowered. */
export type Value =
  /** A tensor: the name of a value or constant of the model. */
  | { readonly kind: "tensor"; readonly name: string }
  /** A variable, by the name of the node that makes it. */
  | { readonly kind: "variable"; readonly name: string }
  /** Nothing: it lies on the branch that is not taken. */
  | { readonly kind: "dead" }
  /** Nothing: what makes it has a problem that was reported. */
  | { readonly kind: "failed" };

/** A tensor by name. */
export function tensor(name: string): Value {
  return { kind: "tensor", name };
}

/** Whether nothing can be computed with it. */
export function isMissing(value: Value): boolean {
  return value.kind === "dead" || value.kind === "failed";
}

/** Output `index` of a node; a node that hands on nothing does so on all outputs. */
export function outputOf(values: readonly Value[], index: number): Value | undefined {
  const [first] = values;
  return first !== undefined && isMissing(first) && values.length === 1 ? first : values[index];
}
