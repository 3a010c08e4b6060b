import type { Model } from "../graph/mod.ts";
import { readOverrides } from "./read_overrides.ts";

/**
 * Checks the overrides of a model as quantizing will, without quantizing.
 *
 * @param model The network, with its overrides.
 * @param options Takes a sentence for each override that will not be used.
 * @throws {FormatError} If an override does not fit its tensor.
 */
export function checkOverrides(
  model: Model,
  options: { readonly onNotice?: (notice: string) => void } = {},
): void {
  readOverrides(model, options);
}
