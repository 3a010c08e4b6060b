import type { Model, ModelEncodings, Node } from "../graph/mod.ts";
import { countElements, type TensorReference } from "../tensor/mod.ts";

/** Name and size of the initializer that a node reads at a position. */
export interface ParameterName {
  /** The node. */
  readonly node: string;
  /** Which of its inputs. */
  readonly position: number;
  /** What the initializer is called. */
  readonly name: string;
  /** How many elements it has, whatever its layout. */
  readonly elements: number;
}

/** Lists what the initializers of a model are called, by the nodes that read them. */
export function parameterNames(model: Pick<Model, "nodes" | "initializers">): ParameterName[] {
  return model.nodes.flatMap((node) =>
    node.inputs.flatMap((name, position) => {
      const shape = model.initializers.get(name)?.shape;
      return shape === undefined
        ? []
        : [{ node: node.name, position, name, elements: countElements(shape) }];
    })
  );
}

/**
 * Gives initializers the names they had before a container called them after its layers. A name that
 * does not fit, or is in use, is left alone. Overrides of an initializer that several layers share,
 * of which the container has copies, hold for every copy.
 */
export function restoreParameterNames(model: Model, names: readonly ParameterName[]): Model {
  const nodes = new Map(model.nodes.map((node) => [node.name, node]));
  const renamed = new Map<string, string>();
  const originals = new Set<string>();
  const copies: (readonly [string, string])[] = [];
  for (const { node, position, name, elements } of names) {
    const found = nodes.get(node)?.inputs[position] ?? "";
    const shape = model.initializers.get(found)?.shape;
    if (shape === undefined || countElements(shape) !== elements || renamed.has(found)) continue;
    if (originals.has(name)) copies.push([name, found]);
    else if (found === name || !isKnown(model, name)) {
      renamed.set(found, name);
      originals.add(name);
    }
  }
  const nameOf = (name: string): string => renamed.get(name) ?? name;
  const { overrides } = model;
  const parameters = new Map(overrides.parameters);
  const types = new Map(overrides.types?.parameters);
  for (const [original, copy] of copies) {
    const encoding = parameters.get(original);
    if (encoding !== undefined) parameters.set(copy, encoding);
    const type = types.get(original);
    if (type !== undefined) types.set(copy, type);
  }
  return {
    ...model,
    nodes: model.nodes.map((node): Node => ({ ...node, inputs: node.inputs.map(nameOf) })),
    initializers: new Map(
      Array.from(model.initializers, ([name, reference]): [string, TensorReference] => [
        nameOf(name),
        { ...reference, name: nameOf(name) },
      ]),
    ),
    encodings: {
      ...model.encodings,
      parameters: renameKeys(model.encodings.parameters, nameOf),
    },
    overrides: withParameters(overrides, { parameters, types }),
  };
}

function isKnown(model: Model, name: string): boolean {
  return name === "" || model.values.has(name) || model.initializers.has(name);
}

function renameKeys<T>(
  entries: ReadonlyMap<string, T>,
  nameOf: (name: string) => string,
): ReadonlyMap<string, T> {
  return new Map(Array.from(entries, ([name, entry]) => [nameOf(name), entry]));
}

function withParameters(
  overrides: ModelEncodings,
  { parameters, types }: {
    readonly parameters: ModelEncodings["parameters"];
    readonly types: NonNullable<ModelEncodings["types"]>["parameters"];
  },
): ModelEncodings {
  return overrides.types === undefined
    ? { ...overrides, parameters }
    : { ...overrides, parameters, types: { ...overrides.types, parameters: types } };
}
