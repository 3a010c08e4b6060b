import { FormatError, UnsupportedError } from "../errors.ts";
import type { Model, TypeOverride } from "../graph/mod.ts";
import { closestString } from "../std/text.ts";
import type { TensorEncoding } from "../tensor/mod.ts";
import { overrideEncoding, SUPPORTED_BITWIDTHS } from "./override_encoding.ts";
import { parameterRoles } from "./parameter_roles.ts";

/** The overrides of a model as quantizing uses them. */
export interface UsedOverrides {
  /** Encodings by name of the value. */
  readonly activations: ReadonlyMap<string, TensorEncoding>;
  /** Encodings by name of the initializer. */
  readonly parameters: ReadonlyMap<string, TensorEncoding>;
  /** Bit widths of values and initializers whose ranges are observed. */
  readonly bitwidths: ReadonlyMap<string, number>;
}

/** No overrides at all. */
export const NO_OVERRIDES: UsedOverrides = {
  activations: new Map(),
  parameters: new Map(),
  bitwidths: new Map(),
};

/**
 * Checks the overrides that came with a model and turns them into encodings.
 *
 * @param model The prepared network.
 * @param options Takes a sentence for each override whose name matches nothing.
 * @throws {FormatError} If an override does not fit its tensor.
 * @throws {UnsupportedError} If a tensor shall stay float.
 */
export function readOverrides(
  model: Model,
  options: { readonly onNotice?: ((notice: string) => void) | undefined } = {},
): UsedOverrides {
  const { overrides } = model;
  const values = new Set(model.values.keys());
  const parameters = new Set(parameterRoles(model).keys());
  /** The entries whose names are known; the others are told. */
  const select = <T>(entries: ReadonlyMap<string, T> | undefined, known: ReadonlySet<string>) => {
    const selected: (readonly [string, T])[] = [];
    for (const [name, entry] of entries ?? []) {
      if (known.has(name)) selected.push([name, entry]);
      else {
        const nearest = known.size === 0
          ? ""
          : `; the nearest name is "${closestString(name, [...known])}"`;
        options.onNotice?.(`The override of "${name}" matches no tensor${nearest}`);
      }
    }
    return selected;
  };
  const encode = (entries: readonly (readonly [string, TensorEncoding])[]) =>
    new Map(entries.map(([name, entry]) => [name, overrideEncoding(model, name, entry)]));

  return {
    activations: encode(select(overrides.activations, values)),
    parameters: encode(select(overrides.parameters, parameters)),
    bitwidths: new Map(
      [
        ...select(overrides.types?.activations, values),
        ...select(overrides.types?.parameters, parameters),
      ].map(([name, type]) => [name, integerBitwidth(name, type)]),
    ),
  };
}

function integerBitwidth(name: string, { kind, bitwidth }: TypeOverride): number {
  if (kind === "float") {
    throw new UnsupportedError(
      `Cannot use the override of "${name}": float tensors in a quantized network are not ` +
        "supported; an integer type would work",
    );
  }
  if (SUPPORTED_BITWIDTHS.includes(bitwidth)) return bitwidth;
  throw new FormatError(
    `Cannot use the override of "${name}": bit width ${bitwidth}, expected one of ${
      SUPPORTED_BITWIDTHS.join(", ")
    }`,
    { expected: SUPPORTED_BITWIDTHS.join(", "), found: String(bitwidth) },
  );
}
