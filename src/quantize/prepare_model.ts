import { FormatError, UnsupportedError } from "../errors.ts";
import { foldLayers, fuseGelus, type Model } from "../graph/mod.ts";
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
 * Brings a float network into the form whose tensors get encodings: the formula of erf becomes one
 * Gelu, factors of Gemm go into its constants, additions of a constant become biases, batch norms are
 * folded, those that stay are one weight and one bias. Doing it twice changes nothing more.
 *
 * @throws {FormatError} If the network is already quantized.
 * @throws {UnsupportedError} If it computes in another type than float32.
 */
export async function prepareModel(model: Model, options: PrepareOptions = {}): Promise<Model> {
  const { activations, parameters } = model.encodings;
  if (activations.size + parameters.size > 0) {
    throw new FormatError(
      `Cannot use "${model.name}" as a float network: it is already quantized (${activations.size} activations ` +
        `and ${parameters.size} parameters have encodings), expected the float network`,
      { expected: "a float network", found: "a quantized network" },
    );
  }
  for (const { name, dtype } of model.values.values()) {
    if (dtype === "float16" || dtype === "bfloat16" || dtype === "float64") {
      throw new UnsupportedError(
        `Cannot quantize "${model.name}": value "${name}" is ${dtype}; a float32 network would work`,
      );
    }
  }
  const read = options.signal === undefined ? {} : { signal: options.signal };
  const folded = await foldLayers(await fuseGelus(model), {
    ...read,
    ...(options.foldBatchNorms === undefined ? {} : { foldBatchNorms: options.foldBatchNorms }),
  });
  return await restateBatchNorms(folded, read);
}
