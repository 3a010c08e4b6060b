import { consumersOf, type Model, type ModelEncodings, type TypeOverride } from "../graph/mod.ts";
import type { TensorEncoding } from "../tensor/mod.ts";
import type { Placement } from "./placement.ts";

/** Overrides of activations. */
export type ActivationOverrides = Pick<ModelEncodings, "activations" | "types">;

/**
 * Finds the values that a given override of another value settles: those that are read by nothing
 * but operators that only move their elements, to values of which every one is given the same. A value
 * that something else reads as well, or that is an output of the network, stays as it is; the move is then
 * where one grid becomes the other.
 *
 * The other direction needs nothing given: a moved value takes the encoding of what it is moved from.
 *
 * @param model The network.
 * @param overrides What is given, by name of the value.
 * @param placement Which values only move elements.
 * @returns For each value that is settled the value whose override it takes.
 */
export function reachSources(
  model: Model,
  overrides: ActivationOverrides,
  { observed, passedOn }: Placement,
): ReadonlyMap<string, string> {
  const { activations, types } = overrides;
  const outputs = new Set(model.outputs.map(({ name }) => name));
  const consumers = consumersOf(model);
  const settled = new Map<string, string>();
  const given = (name: string): TensorEncoding | TypeOverride | undefined =>
    activations.get(name) ?? types?.activations.get(name);

  /** The value whose override a value has; `undefined` if there is none. */
  const origin = (name: string) => given(name) === undefined ? settled.get(name) : name;

  const settle = (name: string): void => {
    if (given(name) !== undefined || outputs.has(name)) return;
    const readers = consumers.get(name) ?? [];
    const moved = readers.flatMap((node) => node.outputs)
      .filter((output) => outputs.has(output) || consumers.has(output));
    const isMoved = readers.every(({ inputs }) => inputs.lastIndexOf(name) === 0) &&
      moved.every((output) => passedOn.get(output) === name);
    const [first, ...others] = moved.map(origin);
    if (!isMoved || first === undefined) return;
    const one = JSON.stringify(given(first));
    if (others.every((other) => other !== undefined && JSON.stringify(given(other)) === one)) {
      settled.set(name, first);
    }
  };
  // Values behind a value come before it.
  const values = [
    ...model.inputs.map(({ name }) => name),
    ...model.nodes.flatMap((n) => n.outputs),
  ];
  for (const name of values.reverse()) {
    if (observed.has(name) || passedOn.has(name)) settle(name);
  }
  return settled;
}

/** The overrides with those of the values that they settle. */
export function withSources(
  overrides: ModelEncodings,
  settled: ReadonlyMap<string, string>,
): ModelEncodings {
  const { activations, types } = overrides;
  const both = <T>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> => {
    const found = [...settled].flatMap(([name, from]) => {
      const entry = entries.get(from);
      return entry === undefined ? [] : [[name, entry] as const];
    });
    return new Map([...entries, ...found]);
  };
  return {
    ...overrides,
    activations: both(activations),
    ...(types === undefined ? {} : { types: { ...types, activations: both(types.activations) } }),
  };
}
