import type { Model } from "../model.ts";
import { foldBatchNorms } from "./fold_batch_norms.ts";
import { foldBiases } from "./fold_biases.ts";
import { foldGemmFactors } from "./fold_gemm_factors.ts";

/** Options of {@linkcode foldLayers}. */
export interface FoldLayersOptions {
  /**
   * Folds batch normalizations too.
   *
   * @default {true}
   */
  readonly foldBatchNorms?: boolean;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/**
 * Folds into each linear layer what belongs to it: the factors of Gemm, an addition of a constant
 * behind it, a batch normalization. What then works on layers sees one weight and one bias.
 *
 * @param model The model; not changed.
 * @param options Whether batch norms are folded; the abort signal.
 * @throws {FormatError} If the scale of a batch norm is not finite.
 */
export async function foldLayers(model: Model, options: FoldLayersOptions = {}): Promise<Model> {
  const { signal } = options;
  const folded = foldBiases(foldGemmFactors(model));
  if (options.foldBatchNorms === false) return folded;
  return await foldBatchNorms(folded, signal === undefined ? {} : { signal });
}
