import type { Model, ModelEncodings, Node } from "../../graph/mod.ts";

/** What names of values in ONNX's layout end with while a graph is lowered. */
export const CHANNELS_FIRST = ":channels_first";

/**
 * Gives values and constants of a simplified model the names that they have in the file, where those
 * became free: of an image whose other layout is gone, and of weights in another layout.
 *
 * @param model The model.
 * @param options The constants before it was simplified, and the constant of the file behind each
 *   one that was made of another.
 */
export function restoreNames(
  model: Model,
  { before, origins }: {
    readonly before: Model["initializers"];
    readonly origins: ReadonlyMap<string, string>;
  },
): Model {
  const taken = new Set([...model.values.keys(), ...model.initializers.keys()]);
  const names = new Map<string, string>();
  const wish = (name: string, wanted: string): void => {
    if (wanted === name || taken.has(wanted)) return;
    taken.add(wanted);
    names.set(name, wanted);
  };
  for (const name of model.values.keys()) {
    if (name.endsWith(CHANNELS_FIRST)) wish(name, name.slice(0, -CHANNELS_FIRST.length));
  }
  for (const name of model.initializers.keys()) {
    // Rewrites number a constant that they replace.
    const base = before.has(name) ? name : name.replace(/_\d+$/, "");
    if (before.has(base)) wish(name, origins.get(base) ?? base);
  }
  return names.size === 0 ? model : rename(model, names);
}

function rename(model: Model, names: ReadonlyMap<string, string>): Model {
  const of = (name: string): string => names.get(name) ?? name;
  const keys = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
    new Map(Array.from(map, ([name, value]) => [of(name), value]));
  const named = <T extends { readonly name: string }>(value: T): T => ({
    ...value,
    name: of(value.name),
  });
  const values = <T extends { readonly name: string }>(map: ReadonlyMap<string, T>) =>
    keys(new Map(Array.from(map, ([name, value]) => [name, named(value)])));
  const encodings = (from: ModelEncodings): ModelEncodings => ({
    ...from,
    activations: keys(from.activations),
    parameters: keys(from.parameters),
  });
  return {
    ...model,
    nodes: model.nodes.map((node): Node => ({
      ...node,
      inputs: node.inputs.map(of),
      outputs: node.outputs.map(of),
    })),
    values: values(model.values),
    initializers: values(model.initializers),
    encodings: encodings(model.encodings),
    overrides: encodings(model.overrides),
  };
}
