import { FormatError } from "../errors.ts";
import { type Model, type ModelEncodings, producersOf, type TypeOverride } from "../graph/mod.ts";
import type { TensorEncoding } from "../tensor/mod.ts";
import { assignOverrides } from "./assign_overrides.ts";
import { overrideEncoding, SUPPORTED_BITWIDTHS } from "./override_encoding.ts";
import { type ParameterRole, parameterRoles } from "./parameter_roles.ts";
import { placement, type PlacementOptions } from "./placement.ts";
import { reachSources, withSources } from "./reach_sources.ts";
import { type FloatBitwidth, spreadFloats } from "./spread_floats.ts";
import { tellUnmatchedNames } from "./unmatched_names.ts";

/** The overrides of a model as quantizing uses them. */
export interface UsedOverrides {
  /** Encodings by name of the value. */
  readonly activations: ReadonlyMap<string, TensorEncoding>;
  /** Those of the values that are not named: a named one only moves their elements. */
  readonly settled: ReadonlySet<string>;
  /** Encodings by name of the initializer. */
  readonly parameters: ReadonlyMap<string, TensorEncoding>;
  /** Bit widths of values and initializers whose ranges are observed. */
  readonly bitwidths: ReadonlyMap<string, number>;
  /** Values and initializers that are not quantized, with their bits. */
  readonly floats: ReadonlyMap<string, FloatBitwidth>;
}

/** No overrides at all. */
export const NO_OVERRIDES: UsedOverrides = {
  activations: new Map(),
  settled: new Set(),
  parameters: new Map(),
  bitwidths: new Map(),
  floats: new Map(),
};

/** Options for {@linkcode readOverrides}. */
export interface ReadOverridesOptions extends PlacementOptions {
  /** Bits of biases in float layers; those of the layer by default. */
  readonly floatBiasBitwidth?: FloatBitwidth | undefined;
  /** Takes a sentence for each override that is not used. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Checks the overrides that came with a model and turns them into encodings.
 *
 * @param model The prepared network.
 * @param options Width of float biases; who is told of overrides that are not used.
 * @throws {FormatError} If an override does not fit its tensor.
 */
export function readOverrides(model: Model, options: ReadOverridesOptions = {}): UsedOverrides {
  const { floatBiasBitwidth, onNotice = () => {}, ...rest } = options;
  const assigned = assignOverrides(model, model.overrides);
  const settled = reachSources(model, assigned, placement(model, rest));
  const overrides = withSources(assigned, settled);
  const values = new Set(model.values.keys());
  const roles = parameterRoles(model);
  const known = (name: string): boolean => values.has(name) || roles.has(name);
  tellUnmatchedNames(
    namesOf(overrides).filter((name) => !known(name)),
    [...values, ...roles.keys()],
    onNotice,
  );

  const given = [...overrides.types?.activations ?? [], ...overrides.types?.parameters ?? []]
    .filter(([name]) => known(name));
  const asked = new Map(
    given.flatMap(([name, type]) => type.kind === "float" ? [[name, floatBitwidth(type)]] : []),
  );
  const floats = spreadFloats(model, asked, { biasBitwidth: floatBiasBitwidth });
  const integers = <T>(entries: Iterable<readonly [string, T]> | undefined) =>
    [...entries ?? []].filter(([name]) => {
      if (known(name) && floats.has(name) && !asked.has(name) && !settled.has(name)) {
        onNotice(`The override of "${name}" is not used: a tensor of its layer is float`);
      }
      return known(name) && !floats.has(name);
    });
  const encode = (entries: ReadonlyMap<string, TensorEncoding>) =>
    new Map(integers(entries).map(([name, entry]) => [name, overrideEncoding(model, name, entry)]));
  const used = {
    activations: encode(overrides.activations),
    settled: new Set(settled.keys()),
    parameters: encode(overrides.parameters),
    bitwidths: new Map(integers(given).map(([name, type]) => [name, integerBitwidth(name, type)])),
    floats,
  };
  checkWideIntegers(model, roles, used);
  return used;
}

function namesOf({ activations, parameters, types }: ModelEncodings): string[] {
  const maps = [activations, parameters, types?.activations, types?.parameters];
  return [...new Set(maps.flatMap((entries) => [...entries?.keys() ?? []]))];
}

function floatBitwidth({ bitwidth }: TypeOverride): FloatBitwidth {
  return bitwidth === 16 ? 16 : 32;
}

function integerBitwidth(name: string, { bitwidth }: TypeOverride): number {
  if (SUPPORTED_BITWIDTHS.includes(bitwidth)) return bitwidth;
  throw new FormatError(
    `Cannot use the override of "${name}": bit width ${bitwidth}, expected one of ${
      SUPPORTED_BITWIDTHS.join(", ")
    }`,
    { expected: SUPPORTED_BITWIDTHS.join(", "), found: String(bitwidth) },
  );
}

/** SNPE takes 32-bit integers for biases and for operators that have neither weight nor bias. */
function checkWideIntegers(
  model: Model,
  roles: ReadonlyMap<string, ParameterRole>,
  { activations, parameters, bitwidths }: Omit<UsedOverrides, "floats" | "settled">,
): void {
  const producers = producersOf(model);
  const widths = new Map(bitwidths);
  for (const [name, { encodings }] of [...activations, ...parameters]) {
    widths.set(name, encodings[0]?.bitwidth ?? 0);
  }
  for (const [name, bitwidth] of widths) {
    if (bitwidth !== 32) continue;
    const layer = producers.get(name);
    const parameter = roles.get(name) === "weight"
      ? name
      : layer?.inputs.find((input) => ["weight", "bias"].includes(roles.get(input) ?? ""));
    if (parameter === undefined) continue;
    throw new FormatError(
      `Cannot use the override of "${name}": 32-bit integers are for biases and for operators ` +
        `without weights, expected 4, 8 or 16 bits`,
      { expected: "4, 8 or 16", found: "32" },
    );
  }
}
