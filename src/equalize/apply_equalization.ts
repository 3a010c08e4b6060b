import {
  consumersOf,
  type FoldedBatchNorm,
  type Model,
  type ModelEncodings,
  type Node,
  type ValueInfo,
} from "../graph/mod.ts";
import { type DenseTensor, referenceDense, type TensorReference } from "../tensor/mod.ts";
import type { EqualizableLayer } from "./equalizable_layer.ts";
import type { LayerLink } from "./layer_link.ts";
import type { ScaledLayers } from "./scaled_layers.ts";
import type { SettledCeiling } from "./settle_ceiling.ts";

/** What {@linkcode applyEqualization} puts into a model. */
export interface EqualizationChanges {
  /** The links. */
  readonly links: readonly LayerLink[];
  /** What becomes of the ceilings, by name of the first layer's node. */
  readonly ceilings: ReadonlyMap<string, SettledCeiling>;
  /** What was absorbed, by name of the first layer's node. */
  readonly absorbed: ReadonlyMap<string, Float64Array>;
}

/**
 * Puts an equalization into a model: views on weights, new biases, ceilings, and batch norms in the
 * new units. Overrides of tensors that changed are dropped, since they speak of other numbers.
 */
export function applyEqualization(
  model: Model,
  layers: ScaledLayers,
  { links, ceilings, absorbed }: EqualizationChanges,
): Model {
  const draft = new Draft(model);
  for (const layer of layers.layers) draft.replaceLayer(layer, layers);
  for (const link of links) {
    const { from, activation } = link;
    draft.dropOverrides([from.output, ...link.between.flatMap(({ outputs }) => outputs)]);
    draft.scaleBatchNorm(from, layers.scales(from), absorbed.get(from.node.name));
    const ceiling = ceilings.get(from.node.name);
    if (activation.node !== undefined && ceiling !== undefined) {
      draft.replaceCeiling(activation.node, ceiling);
    }
  }
  return draft.model();
}

class Draft {
  readonly #model: Model;
  readonly #initializers: Map<string, TensorReference>;
  readonly #values: Map<string, ValueInfo>;
  readonly #batchNorms: Map<string, FoldedBatchNorm>;
  readonly #replaced = new Map<string, readonly Node[]>();
  readonly #changed = new Set<string>();
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  readonly #nodeNames: ReadonlySet<string>;

  constructor(model: Model) {
    this.#model = model;
    this.#consumers = consumersOf(model);
    this.#nodeNames = new Set(model.nodes.map(({ name }) => name));
    this.#initializers = new Map(model.initializers);
    this.#values = new Map(model.values);
    this.#batchNorms = new Map(model.batchNorms);
  }

  replaceLayer(layer: EqualizableLayer, layers: ScaledLayers): void {
    const { node, weight } = layer;
    const bias = Float32Array.from(layers.bias(layer));
    this.#initializers.set(weight, layers.weight(layer, "input", "output"));
    this.dropOverrides([weight, layer.bias]);
    if (layer.bias === "" && bias.every((value) => value === 0)) return;
    const isOwn = layer.bias !== "" && this.#consumers.get(layer.bias)?.length === 1;
    const name = isOwn ? layer.bias : this.#freeName(`${node.name}.bias`);
    this.#constant(name, { dtype: "float32", shape: [bias.length], data: bias });
    const [input = ""] = node.inputs;
    const isMatMul = node.operator === "MatMul";
    this.#replaced.set(node.name, [{
      ...node,
      operator: isMatMul ? "Gemm" : node.operator,
      inputs: [input, weight, name],
      attributes: node.operator === "Gemm"
        ? { ...node.attributes, beta: { type: "float", value: 1 } }
        : node.attributes,
    }]);
  }

  replaceCeiling(node: Node, { report, perChannel }: SettledCeiling): void {
    const [input = "", lower = ""] = node.inputs;
    const [output = ""] = node.outputs;
    const info = this.#values.get(output);
    if (report.kind === "dropped") {
      this.#replaced.set(node.name, [{ ...node, operator: "Relu", inputs: [input] }]);
    }
    if (report.largest === undefined || report.kind === "kept" || info === undefined) return;
    const upper = this.#freeName(`${node.name}.ceiling`);
    this.#constant(upper, {
      dtype: "float32",
      shape: [],
      data: Float32Array.of(report.largest),
    });
    const clip = { ...node, inputs: [input, lower, upper] };
    if (perChannel === undefined) {
      this.#replaced.set(node.name, [clip]);
      return;
    }
    // The clip in front keeps the range of what it hands over the same as that of the result, so that
    // the two share a grid and nothing is rounded twice.
    const between = this.#freeName(`${output}/limited`);
    this.#values.set(between, { ...info, name: between });
    const ceilings = this.#freeName(`${node.name}.ceilings`);
    const [, elements = perChannel.length, ...spatial] = info.shape;
    // Behind a Flatten each channel is several elements of the second axis.
    const spread = elements / perChannel.length;
    this.#constant(ceilings, {
      dtype: "float32",
      shape: [elements, ...spatial.map(() => 1)],
      data: Float32Array.from(
        { length: elements },
        (_, element) => perChannel[Math.floor(element / spread)] ?? Infinity,
      ),
    });
    this.#replaced.set(node.name, [
      { ...clip, outputs: [between] },
      {
        name: this.#freeName(`${node.name}/ceilings`),
        operator: "Min",
        inputs: [between, ceilings],
        outputs: [output],
        attributes: {},
      },
    ]);
  }

  /** A batch norm in the units of the scaled output. */
  scaleBatchNorm(
    { node }: EqualizableLayer,
    scales: Float64Array,
    absorbed: Float64Array | undefined,
  ): void {
    const known = this.#batchNorms.get(node.name);
    if (known === undefined) return;
    this.#batchNorms.set(node.name, {
      gamma: known.gamma.map((value, channel) => value / (scales[channel] ?? 1)),
      beta: known.beta.map((value, channel) =>
        (value - (absorbed?.[channel] ?? 0)) / (scales[channel] ?? 1)
      ),
    });
  }

  dropOverrides(names: readonly string[]): void {
    for (const name of names) this.#changed.add(name);
  }

  model(): Model {
    const nodes = this.#model.nodes.flatMap((node) => this.#replaced.get(node.name) ?? [node]);
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    const initializers = new Map([...this.#initializers].filter(([name]) => read.has(name)));
    return {
      ...this.#model,
      nodes,
      initializers,
      values: this.#values,
      batchNorms: this.#batchNorms,
      overrides: this.#without(this.#model.overrides),
    };
  }

  #without(overrides: ModelEncodings): ModelEncodings {
    const keep = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
      new Map([...map].filter(([name]) => !this.#changed.has(name)));
    const { types } = overrides;
    return {
      ...overrides,
      activations: keep(overrides.activations),
      parameters: keep(overrides.parameters),
      ...(types === undefined ? {} : {
        types: { activations: keep(types.activations), parameters: keep(types.parameters) },
      }),
    };
  }

  #constant(name: string, dense: DenseTensor): void {
    this.#initializers.set(name, referenceDense(name, dense));
  }

  #freeName(wish: string): string {
    let name = wish;
    while (
      this.#initializers.has(name) || this.#values.has(name) || this.#nodeNames.has(name)
    ) name += "_";
    return name;
  }
}
