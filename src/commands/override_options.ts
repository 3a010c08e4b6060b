import { type Model, NO_ENCODINGS } from "../graph/mod.ts";
import type { QuantizeOptions } from "../quantize/mod.ts";
import type { CommandContext } from "./command.ts";
import type { Option, OptionValues } from "./option.ts";
import { readOverridesFile } from "./read_overrides_file.ts";
import { UsageError } from "./usage_error.ts";

/** Options that name the encodings that are given. */
export const GIVEN_ENCODINGS_OPTIONS: readonly Option[] = [
  {
    name: "override-params",
    kind: "flag",
    description: "Uses the encodings that convert stored, of an overrides file or of QDQ nodes.",
    group: "Overrides",
  },
  {
    name: "overrides",
    kind: "text",
    value: "FILE",
    description: "Uses these encodings, AIMET's JSON of version 0.4 to 2.1.",
    group: "Overrides",
  },
];

/** Options that say which given encodings are used, and what becomes of all else. */
export const OVERRIDE_OPTIONS: readonly Option[] = [
  ...GIVEN_ENCODINGS_OPTIONS,
  {
    name: "float-fallback",
    kind: "flag",
    description: "Quantizes by overrides alone, without inputs; what they leave open is float.",
    group: "Overrides",
  },
  {
    name: "float-bitwidth",
    kind: "text",
    value: "BITS",
    choices: ["16", "32"],
    default: "32",
    description: "Bits of what --float-fallback leaves float.",
    group: "Overrides",
  },
  {
    name: "float-bias-bitwidth",
    kind: "text",
    value: "BITS",
    choices: ["16", "32"],
    default: "those of the layer",
    description: "Bits of biases of layers that are float.",
    group: "Overrides",
  },
];

/** Reads {@linkcode OVERRIDE_OPTIONS} but for the file. */
export function overrideOptions(values: OptionValues): QuantizeOptions {
  const bitwidth = floatBitwidth(values, "float-bitwidth");
  const biasBitwidth = floatBitwidth(values, "float-bias-bitwidth");
  const floatFallback = values.flag("float-fallback");
  if (bitwidth === 16 && !floatFallback) {
    throw new UsageError("Option --float-bitwidth 16 goes with --float-fallback only");
  }
  return {
    useOverrides: usesOverrides(values),
    floatFallback,
    ...(bitwidth === undefined ? {} : { floatBitwidth: bitwidth }),
    ...(biasBitwidth === undefined ? {} : { floatBiasBitwidth: biasBitwidth }),
  };
}

/** Whether encodings are given. */
export function usesOverrides(values: OptionValues): boolean {
  return values.flag("override-params") || values.text("overrides") !== undefined;
}

/** The model with the overrides that the options name: those of a file, those it came with, both. */
export async function withOverrides(
  values: OptionValues,
  model: Model,
  context: CommandContext,
): Promise<Model> {
  const file = values.text("overrides");
  if (file === undefined) {
    const { activations, parameters, types } = model.overrides;
    const isBare = [activations, parameters, types?.activations, types?.parameters]
      .every((entries) => (entries?.size ?? 0) === 0);
    if (isBare && values.flag("override-params")) {
      context.notify("No encodings came with the model: there is nothing to override");
    }
    return model;
  }
  const base = values.flag("override-params") ? model : { ...model, overrides: NO_ENCODINGS };
  return { ...model, overrides: await readOverridesFile(file, base, context) };
}

function floatBitwidth(values: OptionValues, name: string): 16 | 32 | undefined {
  const text = values.text(name);
  return text === undefined ? undefined : text === "16" ? 16 : 32;
}
