import type { Model } from "../graph/mod.ts";
import { sameGrid, type TensorEncoding } from "../tensor/mod.ts";
import { parameterRoles } from "./parameter_roles.ts";
import { placement, type PlacementOptions } from "./placement.ts";
import type { UsedOverrides } from "./read_overrides.ts";
import { type FloatBitwidth, spreadFloats } from "./spread_floats.ts";

/** Options for {@linkcode fillGaps}. */
export interface FillGapsOptions extends PlacementOptions {
  /** Bits of the tensors that become float. */
  readonly floatBitwidth: FloatBitwidth;
  /** Bits of their biases; the same by default. */
  readonly floatBiasBitwidth?: FloatBitwidth | undefined;
}

/**
 * Completes overrides without any samples, as SNPE's float fallback: a value without an encoding
 * takes that of a neighbour behind an operator that only moves data; what is left becomes float, and
 * layers become float as a whole. A bias needs no samples: where weight and output of its layer are
 * integers, it is quantized by its own range.
 *
 * @param model The prepared network.
 * @param overrides What was given.
 * @param options Bits of float tensors, where encodings sit.
 */
export function fillGaps(
  model: Model,
  overrides: UsedOverrides,
  options: FillGapsOptions,
): UsedOverrides {
  const { floatBitwidth, floatBiasBitwidth, ...rest } = options;
  const { observed, passedOn, joined } = placement(model, rest);
  const activations = new Map(overrides.activations);
  const settled = new Set(overrides.settled);
  for (const [name, source] of [...passedOn].reverse()) {
    const encoding = activations.get(name);
    if (encoding !== undefined && !activations.has(source) && !overrides.floats.has(source)) {
      activations.set(source, encoding);
      settled.add(source);
    }
  }
  const floats = new Map(overrides.floats);
  /** What a value has or will take from what it is moved from. */
  const encodingOf = (name: string): TensorEncoding | undefined => {
    let source: string | undefined = name;
    while (source !== undefined && !activations.has(source) && !floats.has(source)) {
      source = passedOn.get(source);
    }
    return activations.get(source ?? "");
  };
  for (const name of observed) {
    if (activations.has(name) || floats.has(name)) continue;
    const encoding = commonEncoding((joined.get(name) ?? []).map(encodingOf));
    if (encoding === undefined) floats.set(name, floatBitwidth);
    else activations.set(name, encoding);
  }
  for (const [name, role] of parameterRoles(model)) {
    if (role === "bias" || overrides.parameters.has(name) || floats.has(name)) continue;
    floats.set(name, floatBitwidth);
  }
  const spread = spreadFloats(model, floats, { biasBitwidth: floatBiasBitwidth });
  const without = <T>(entries: ReadonlyMap<string, T>) =>
    new Map([...entries].filter(([name]) => !spread.has(name)));
  return {
    activations: without(activations),
    settled,
    parameters: without(overrides.parameters),
    bitwidths: without(overrides.bitwidths),
    floats: spread,
  };
}

/** The encoding of all of some values, if they have one and the same. */
function commonEncoding(
  encodings: readonly (TensorEncoding | undefined)[],
): TensorEncoding | undefined {
  const [first, ...others] = encodings;
  return others.every((other) => sameGrid(first, other)) ? first : undefined;
}
