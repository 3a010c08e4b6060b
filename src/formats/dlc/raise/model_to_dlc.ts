import { UnsupportedError } from "../../../errors.ts";
import type { Model } from "../../../graph/mod.ts";
import type { DlcDocument } from "../document.ts";

/** Options for {@linkcode modelToDlc}. */
export interface ModelToDlcOptions {
  /**
   * The container's version: `"3"`, `"4"` (4.1), or `"auto"`, which takes 3 where the model fits.
   *
   * @default {"auto"}
   */
  readonly version?: "auto" | "3" | "4";
}

/**
 * Turns a model into a DLC document. Weights stay references; nothing is read but small constants.
 *
 * @param model The model, float or quantized.
 * @param options The container's version.
 * @throws {UnsupportedError} If an operator or encoding cannot be said in that version.
 */
// deno-lint-ignore require-await
export async function modelToDlc(
  model: Model,
  options: ModelToDlcOptions = {},
): Promise<DlcDocument> {
  throw new UnsupportedError(
    `Cannot raise model "${model.name}" to DLC ${options.version ?? "auto"}: not built yet`,
  );
}
