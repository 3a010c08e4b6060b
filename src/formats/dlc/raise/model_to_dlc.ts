import { UnsupportedError } from "../../../errors.ts";
import { fuseGelus, type Model } from "../../../graph/mod.ts";
import type { DlcDocument } from "../document.ts";
import { writeLayers } from "../layers/write_layers.ts";
import { toNormalForm } from "../normal/normal_form.ts";
import { relayout } from "../normal/relayout.ts";
import { writeOperators } from "../operators/write_operators.ts";

/** Options for {@linkcode modelToDlc}. */
export interface ModelToDlcOptions {
  /**
   * The container's version: `"3"`, `"4"` (4.1), or `"auto"`, which takes 3 where the model fits:
   * operators known there, float32 or 8 bits per tensor, less than 2 GiB of parameters.
   *
   * @default {"auto"}
   */
  readonly version?: "auto" | "3" | "4";
  /**
   * Whether version 3 layers with weights get a bias of zeros where the model has none. All such
   * layers of real version 3 files have a bias.
   *
   * @default {true}
   */
  readonly zeroBias?: boolean;
}

/**
 * Turns a model into a DLC document: images NHWC, weights HWIO, network inputs and outputs with the
 * shapes of the model. Weights stay references; nothing is read but small constants.
 *
 * @param model The model, float or quantized.
 * @param options The container's version.
 * @throws {UnsupportedError} If an operator or encoding cannot be said in that version.
 */
export async function modelToDlc(
  model: Model,
  options: ModelToDlcOptions = {},
): Promise<DlcDocument> {
  const { version = "auto", zeroBias = true } = options;
  const stored = relayout(await toNormalForm(await fuseGelus(model)), "store");
  if (version === "4") return writeOperators(stored);
  try {
    return writeLayers(stored, { zeroBias });
  } catch (error) {
    // What version 3 cannot hold decides the version; nothing has been written yet.
    if (version === "3" || !(error instanceof UnsupportedError)) throw error;
    return writeOperators(stored);
  }
}
