import { type Model, NO_ENCODINGS, type Node, type ValueInfo } from "../graph/mod.ts";
import type { QuantizedModel } from "../quantize/mod.ts";
import { type DenseTensor, referenceDense, type TensorReference } from "../tensor/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";

/** Options for {@linkcode correctionNetwork}. */
export interface CorrectionNetworkOptions {
  /** The layers to correct. */
  readonly layers: readonly CorrectableLayer[];
  /** Quantizes all activations, not only the network inputs. */
  readonly activations: boolean;
}

/** The network in which the errors of biases are measured. */
export interface CorrectionNetwork {
  /** Runs with quantized weights, float biases, and a correction added behind each layer. */
  readonly model: Model;
  /** For each layer, the name of its output as it is before the correction. */
  readonly rawValues: ReadonlyMap<CorrectableLayer, string>;
  /** Sets the correction of a layer, which counts for all that is computed from now on. */
  correct(layer: CorrectableLayer, correction: Float64Array): void;
}

/**
 * Makes the network that empirical correction runs: that of `model` with the weights on their grids,
 * biases in float, and behind each layer an Add of its correction, zero at first. A layer is affine in
 * its bias, so adding to its output is adding to its bias; it need not run again.
 */
export function correctionNetwork(
  model: QuantizedModel,
  { layers, activations }: CorrectionNetworkOptions,
): CorrectionNetwork {
  const initializers = new Map(model.initializers);
  for (const [name, { role, float }] of model.quantized) {
    if (role === "bias" && float !== undefined) initializers.set(name, float);
  }
  const values = new Map<string, ValueInfo>(model.values);
  const nodes = new Map<Node, readonly Node[]>();
  const rawValues = new Map<CorrectableLayer, string>();
  const corrections = new Map<CorrectableLayer, string>();
  const names = new Set(model.nodes.map(({ name }) => name));
  const freeName = (wish: string): string => {
    let name = wish;
    while (values.has(name) || initializers.has(name) || names.has(name)) name += "_";
    return name;
  };
  for (const layer of layers) {
    const { node, value } = layer;
    const info = model.values.get(value);
    if (info === undefined) continue;
    const raw = freeName(`${value}/dlcstream/raw`);
    const correction = freeName(`${value}/dlcstream/correction`);
    rawValues.set(layer, raw);
    corrections.set(layer, correction);
    values.set(raw, { ...info, name: raw });
    const add: Node = {
      name: freeName(`${node.name}/dlcstream/correct`),
      operator: "Add",
      inputs: [raw, correction],
      outputs: [value],
      attributes: {},
    };
    nodes.set(node, [{ ...node, outputs: [raw, ...node.outputs.slice(1)] }, add]);
    initializers.set(correction, correctionOf(layer, info, { name: correction }));
  }
  const inputs = new Set(model.inputs.map(({ name }) => name));
  const encodings = new Map(
    [...model.encodings.activations].filter(([name]) => activations || inputs.has(name)),
  );
  return {
    model: {
      ...model,
      nodes: model.nodes.flatMap((node) => nodes.get(node) ?? [node]),
      values,
      initializers,
      encodings: { ...NO_ENCODINGS, activations: encodings },
    },
    rawValues,
    correct(layer, correction): void {
      const info = values.get(layer.value);
      const name = corrections.get(layer);
      if (info === undefined || name === undefined) return;
      initializers.set(name, correctionOf(layer, info, { name, correction }));
    },
  };
}

/** One number a channel, in a shape that broadcasts over the output; zeros where there are none. */
function correctionOf(
  layer: CorrectableLayer,
  { shape }: ValueInfo,
  { name, correction = [] }: { readonly name: string; readonly correction?: ArrayLike<number> },
): TensorReference {
  const data = new Float32Array(layer.channels);
  data.set(correction);
  const dense: DenseTensor = {
    dtype: "float32",
    shape: shape.slice(layer.axis).map((_, index) => index === 0 ? layer.channels : 1),
    data,
  };
  return referenceDense(name, dense);
}
