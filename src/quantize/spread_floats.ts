import type { Model } from "../graph/mod.ts";

/** Bits of a tensor that stays float. */
export type FloatBitwidth = 16 | 32;

/** Layers of which output, weight and bias are float together. */
const LAYERS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);
const WEIGHT = 1;
const BIAS = 2;

/**
 * Makes layers float as a whole, as SNPE does: where the output, the weight or the bias of a
 * convolution, a fully connected layer or a MatMul is float, all three are, in the same width. Where
 * the three were given different widths, the wider one holds.
 *
 * @param model The network.
 * @param floats Tensors that shall be float, with their bits.
 * @param options Bits of biases; those of the layer by default.
 * @returns The tensors that are float.
 */
export function spreadFloats(
  model: Pick<Model, "nodes" | "initializers">,
  floats: ReadonlyMap<string, FloatBitwidth>,
  options: { readonly biasBitwidth?: FloatBitwidth | undefined } = {},
): ReadonlyMap<string, FloatBitwidth> {
  const spread = new Map(floats);
  const biases = new Set<string>();
  const layers = model.nodes.filter(({ operator }) => LAYERS.has(operator)).map((node) => {
    const parameters = [node.inputs[WEIGHT], node.inputs[BIAS]]
      .filter((name) => name !== undefined && model.initializers.has(name));
    const bias = node.inputs[BIAS];
    if (bias !== undefined && bias !== "") biases.add(bias);
    return [node.outputs[0], ...parameters].filter((name) => name !== undefined);
  });
  // A weight may be shared: what is float in one layer makes the next one float.
  for (let changed = floats.size > 0; changed;) {
    changed = false;
    for (const names of layers) {
      const widths = names.flatMap((name) => spread.get(name) ?? []);
      if (widths.length === 0) continue;
      const width = widths.includes(32) ? 32 : 16;
      for (const name of names) {
        if (spread.get(name) === width) continue;
        spread.set(name, width);
        changed = true;
      }
    }
  }
  const { biasBitwidth } = options;
  if (biasBitwidth !== undefined) {
    for (const name of biases) if (spread.has(name)) spread.set(name, biasBitwidth);
  }
  return spread;
}
