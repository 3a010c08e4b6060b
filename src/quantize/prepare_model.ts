import { FormatError } from "../errors.ts";
import { foldBatchNorms, foldBiases, type Model } from "../graph/mod.ts";
import { restateBatchNorms } from "./restate_batch_norms.ts";

/** Options for {@linkcode prepareModel}. */
export interface PrepareOptions {
  /**
   * Folds batch normalizations into the layers before them.
   *
   * @default {true}
   */
  readonly foldBatchNorms?: boolean;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/**
 * Brings a float network into the form whose tensors get encodings: additions of a constant become
 * biases, batch norms are folded, those that stay are one weight and one bias. Doing it twice changes nothing more.
 *
 * @throws {FormatError} If the network is already quantized.
 */
export async function prepareModel(model: Model, options: PrepareOptions = {}): Promise<Model> {
  const { activations, parameters } = model.encodings;
  if (activations.size + parameters.size > 0) {
    throw new FormatError(
      `Cannot quantize "${model.name}": it is already quantized (${activations.size} activations ` +
        `and ${parameters.size} parameters have encodings), expected the float network`,
      { expected: "a float network", found: "a quantized network" },
    );
  }
  const read = options.signal === undefined ? {} : { signal: options.signal };
  const biased = foldBiases(model);
  const folded = options.foldBatchNorms === false ? biased : await foldBatchNorms(biased, read);
  return await restateBatchNorms(folded, read);
}
