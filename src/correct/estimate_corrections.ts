import type { QuantizedModel } from "../quantize/mod.ts";
import type { ReadChunksOptions } from "../tensor/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";
import { weightedSums } from "./weighted_sums.ts";

/** Options for {@linkcode estimateCorrections}. */
export interface EstimateCorrectionsOptions extends ReadChunksOptions {
  /** The layers to correct. */
  readonly layers: readonly CorrectableLayer[];
  /** The channel means of a layer's input in the float network; nothing where they are not known. */
  readonly meansOf: (layer: CorrectableLayer) => Float64Array | undefined;
}

/**
 * Estimates what the quantization of weights does to the means of layers, to first order: the error of
 * each weight times the mean of its input in the float network (quantization reference 6.2). Errors
 * carried over from the layers before and those at padded borders are not seen. No layer runs; each
 * weight is streamed twice.
 *
 * @param model The quantized network.
 * @param options The layers, the means, limits.
 * @returns What to add to each bias, by node name; layers whose input means are not known are missing.
 * @throws {RangeError} If there is not one mean for each input channel of a layer.
 */
export async function estimateCorrections(
  model: QuantizedModel,
  { layers, meansOf, ...options }: EstimateCorrectionsOptions,
): Promise<Map<string, Float64Array>> {
  const corrections = new Map<string, Float64Array>();
  for (const layer of layers) {
    const { node } = layer;
    const [, name = ""] = node.inputs;
    const weight = model.initializers.get(name);
    const float = model.quantized.get(name)?.float;
    const means = meansOf(layer);
    if (weight === undefined || float === undefined || means === undefined) continue;
    const before = await weightedSums(model, { node, weight: float }, { ...options, means });
    const after = await weightedSums(model, { node, weight }, { ...options, means });
    if (before === undefined || after === undefined) continue;
    corrections.set(node.name, before.map((sum, channel) => sum - after[channel]!));
  }
  return corrections;
}
