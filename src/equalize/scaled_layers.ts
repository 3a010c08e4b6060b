import type { Model } from "../graph/mod.ts";
import { type ReadChunksOptions, readDense, type TensorReference } from "../tensor/mod.ts";
import type { EqualizableLayer } from "./equalizable_layer.ts";
import type { LayerLink } from "./layer_link.ts";
import { scaleSide, sideLayout, type WeightSide } from "./scale_channels.ts";

/** What changes in one layer. */
interface LayerState {
  /** The layer. */
  readonly layer: EqualizableLayer;
  /** Its weight before any change. */
  readonly original: TensorReference;
  /** Factor of each input channel of the weight. */
  readonly input: Float64Array;
  /** Factor of each output channel of the weight. */
  readonly output: Float64Array;
  /** The bias, changes applied; zeros where the layer has none. */
  readonly bias: Float64Array;
}

/** Layers under equalization: factors for their weights, and their biases. No weight is held. */
export class ScaledLayers {
  readonly #states = new Map<string, LayerState>();
  readonly #scales = new Map<string, Float64Array>();

  private constructor() {}

  /** Begins with the layers of some links as they are. Biases are read, weights are not. */
  static async open(
    model: Model,
    links: readonly LayerLink[],
    options: ReadChunksOptions,
  ): Promise<ScaledLayers> {
    const layers = new ScaledLayers();
    for (const { from, to } of links) {
      layers.#scales.set(from.node.name, ones(from.outputChannels));
      for (const layer of [from, to]) {
        const original = model.initializers.get(layer.weight);
        if (original === undefined || layers.#states.has(layer.node.name)) continue;
        layers.#states.set(layer.node.name, {
          layer,
          original,
          input: ones(layer.inputChannels),
          output: ones(layer.outputChannels),
          bias: await readBias(model, layer, options),
        });
      }
    }
    return layers;
  }

  /** All layers that may have changed. */
  get layers(): readonly EqualizableLayer[] {
    return Array.from(this.#states.values(), ({ layer }) => layer);
  }

  /** The bias of a layer; may be changed. */
  bias(layer: EqualizableLayer): Float64Array {
    return this.#state(layer).bias;
  }

  /** The weight with the factors of the sides that are named. */
  weight(layer: EqualizableLayer, ...sides: readonly WeightSide[]): TensorReference {
    const state = this.#state(layer);
    return sides.reduce(
      (weight, side) => scaleSide(weight, state[side], sideLayout(layer, side)),
      state.original,
    );
  }

  /** Factors on one side of a layer's weight; may be changed. */
  factors(layer: EqualizableLayer, side: WeightSide): Float64Array {
    return this.#state(layer)[side];
  }

  /** What the output of a layer has been divided by, one number a channel; 1 without a link. */
  scales(layer: EqualizableLayer): Float64Array {
    return this.#scales.get(layer.node.name) ?? ones(layer.outputChannels);
  }

  /** Divides the output of a link's first layer and multiplies what its second layer does with it. */
  scale({ from, to, spread }: LayerLink, scales: Float64Array): void {
    const before = this.#state(from);
    const behind = this.#state(to);
    const total = this.scales(from);
    scales.forEach((scale, channel) => {
      multiply(before.output, channel, 1 / scale);
      multiply(before.bias, channel, 1 / scale);
      multiply(total, channel, scale);
      for (let i = channel * spread; i < (channel + 1) * spread; i++) {
        multiply(behind.input, i, scale);
      }
    });
  }

  #state({ node }: EqualizableLayer): LayerState {
    const state = this.#states.get(node.name);
    if (state === undefined) throw new Error(`Cannot scale node "${node.name}": it has no link`);
    return state;
  }
}

function ones(count: number): Float64Array {
  return new Float64Array(count).fill(1);
}

function multiply(values: Float64Array, index: number, factor: number): void {
  values[index] = (values[index] ?? 0) * factor;
}

async function readBias(
  model: Model,
  { bias, biasFactor, outputChannels }: EqualizableLayer,
  options: ReadChunksOptions,
): Promise<Float64Array> {
  const result = new Float64Array(outputChannels);
  const reference = model.initializers.get(bias);
  if (reference === undefined) return result;
  const { data } = await readDense(reference, options);
  return result.map((_, channel) => biasFactor * Number(data[data.length === 1 ? 0 : channel]));
}
