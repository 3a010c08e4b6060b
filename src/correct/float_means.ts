import type { Model } from "../graph/mod.ts";
import type { ChannelMeans } from "../quantize/mod.ts";
import type { ReadChunksOptions } from "../tensor/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";
import type { CorrectionMode } from "./correction_mode.ts";
import { isLinearInMeans, outputMeans } from "./linear_means.ts";
import { inputChannelAxis } from "./weighted_sums.ts";

/**
 * What the float pass must average, and along which channels: outputs of layers, or their inputs where
 * these tell enough. A value has means along one axis; a layer that needs another has its output
 * averaged, or in `"fast"` mode nothing.
 */
export function meanAxes(
  model: Model,
  layers: readonly CorrectableLayer[],
  mode: CorrectionMode,
): ReadonlyMap<string, number> {
  const axes = new Map<string, number>();
  if (mode === "analytic") return axes;
  // In topological order, so that no output is averaged as an input before.
  for (const { node, value, axis } of layers) {
    const [input = ""] = node.inputs;
    const inputAxis = inputChannelAxis(model, node);
    const isUsable = mode === "fast"
      ? model.values.get(input)?.dtype === "float32"
      : isLinearInMeans(model, node);
    if (isUsable && (axes.get(input) ?? inputAxis) === inputAxis) axes.set(input, inputAxis);
    else if (mode === "empirical") axes.set(value, axis);
  }
  return axes;
}

/** The channel means of a layer's input; `undefined` if they were not taken along its channels. */
export function inputMeansOf(
  model: Model,
  { node }: CorrectableLayer,
  means: ChannelMeans,
): Float64Array | undefined {
  const [input = ""] = node.inputs;
  return means.axes.get(input) === inputChannelAxis(model, node) ? means.of(input) : undefined;
}

/** The channel means of a layer's output in the float network. */
export async function floatMeansOf(
  model: Model,
  layer: CorrectableLayer,
  { means, ...read }: ReadChunksOptions & { readonly means: ChannelMeans },
): Promise<Float64Array | undefined> {
  const { node, value } = layer;
  const inputs = isLinearInMeans(model, node) ? inputMeansOf(model, layer, means) : undefined;
  return inputs === undefined
    ? means.of(value)
    : await outputMeans(model, node, { ...read, means: inputs });
}
