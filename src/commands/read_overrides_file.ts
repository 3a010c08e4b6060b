import { readEncodings } from "../formats/mod.ts";
import type { Model, ModelEncodings, TypeOverride } from "../graph/mod.ts";
import { openSource } from "../io/mod.ts";
import { assignOverrides } from "../quantize/mod.ts";
import type { TensorEncoding } from "../tensor/mod.ts";
import type { CommandContext } from "./command.ts";

/**
 * Reads an overrides file and puts it on a model; what the file says about a tensor counts more than
 * what came with the model.
 *
 * @param path AIMET's encodings JSON.
 * @param model Its own overrides, from QDQ nodes or from conversion, stay where the file is silent.
 * @param context Takes the notices.
 */
export async function readOverridesFile(
  path: string,
  model: Model,
  { signal, notify }: CommandContext,
): Promise<ModelEncodings> {
  await using source = await openSource(path, { signal });
  const { notices, ...file } = await readEncodings(source, { signal });
  for (const notice of summarize(notices)) notify(notice);
  return combine(model.overrides, assignOverrides(model, file));
}

/** How many notices are told one by one. */
const MAX_TOLD = 20;

function summarize(notices: readonly string[]): readonly string[] {
  if (notices.length <= MAX_TOLD) return notices;
  return [...notices.slice(0, MAX_TOLD), `${notices.length - MAX_TOLD} more such notices`];
}

function combine(old: ModelEncodings, newer: ModelEncodings): ModelEncodings {
  const named = new Set(sections(newer).flatMap((section) => [...section.keys()]));
  const both = <T>(
    before: ReadonlyMap<string, T> | undefined,
    after: ReadonlyMap<string, T> | undefined,
  ): ReadonlyMap<string, T> =>
    new Map([...[...before ?? []].filter(([name]) => !named.has(name)), ...after ?? []]);
  return {
    activations: both<TensorEncoding>(old.activations, newer.activations),
    parameters: both<TensorEncoding>(old.parameters, newer.parameters),
    types: {
      activations: both<TypeOverride>(old.types?.activations, newer.types?.activations),
      parameters: both<TypeOverride>(old.types?.parameters, newer.types?.parameters),
    },
  };
}

function sections(
  { activations, parameters, types }: ModelEncodings,
): readonly ReadonlyMap<string, unknown>[] {
  return [activations, parameters, types?.activations ?? new Map(), types?.parameters ?? new Map()];
}
