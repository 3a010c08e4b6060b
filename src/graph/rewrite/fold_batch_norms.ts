import {
  countElements,
  readDense,
  referenceDense,
  type TensorReference,
  type View,
  viewTensor,
} from "../../tensor/mod.ts";
import { floatAttribute, intAttribute } from "../attributes.ts";
import { toNumbers } from "../constants/constant_values.ts";
import type { FoldedBatchNorm, Model, Node } from "../model.ts";
import { nodeError } from "../operators/operator_call.ts";
import { consumersOf, producersOf } from "../producers.ts";
import { freeName, rewriteModel } from "./rewrite_model.ts";

/** Options of {@linkcode foldBatchNorms}. */
export interface FoldBatchNormsOptions {
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/**
 * Views that multiply a weight by a factor for each output channel. The output channels of a grouped
 * ConvTranspose lie on two axes (`[groups * in, out / groups, …]`), which are brought together first.
 */
function scaleViews(
  layer: Node,
  { shape, factors }: { readonly shape: readonly number[]; readonly factors: Float64Array },
): readonly View[] {
  if (layer.operator === "Conv") return [{ kind: "scale", axis: 0, factors }];
  if (layer.operator === "MatMul") return [{ kind: "scale", axis: 1, factors }];
  if (layer.operator === "Gemm") {
    return [{ kind: "scale", axis: intAttribute(layer, "transB", 0) === 0 ? 1 : 0, factors }];
  }
  const groups = intAttribute(layer, "group", 1);
  const [inChannels = 0, outPerGroup = 0] = shape;
  const inPerGroup = inChannels / groups;
  if (groups === 1) return [{ kind: "scale", axis: 1, factors }];
  if (outPerGroup === 1) {
    const repeated = Float64Array.from(
      { length: inChannels },
      (_, i) => factors[Math.floor(i / inPerGroup)] ?? 1,
    );
    return [{ kind: "scale", axis: 0, factors: repeated }];
  }
  const inner = countElements(shape.slice(2));
  return [
    { kind: "reshape", shape: [groups, inPerGroup, outPerGroup, inner] },
    { kind: "permute", order: [0, 2, 1, 3] },
    { kind: "reshape", shape: [groups * outPerGroup, inPerGroup, inner] },
    { kind: "scale", axis: 0, factors },
    { kind: "reshape", shape: [groups, outPerGroup, inPerGroup, inner] },
    { kind: "permute", order: [0, 2, 1, 3] },
    { kind: "reshape", shape },
  ];
}

/** Folds batch norms into the layers in front of them, one after the other. */
class BatchNormFolder {
  readonly initializers: Map<string, TensorReference>;
  readonly batchNorms: Map<string, FoldedBatchNorm>;
  /** Nodes by name as they are now; `undefined` for a batch norm that is gone. */
  readonly #nodes = new Map<string, Node | undefined>();
  readonly #producers: Map<string, Node>;
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  readonly #outputs: ReadonlySet<string>;
  readonly #model: Model;
  readonly #options: FoldBatchNormsOptions;

  constructor(model: Model, options: FoldBatchNormsOptions) {
    this.#model = model;
    this.#options = options;
    this.initializers = new Map(model.initializers);
    this.batchNorms = new Map(model.batchNorms);
    this.#producers = new Map(producersOf(model));
    this.#consumers = consumersOf(model);
    this.#outputs = new Set(model.outputs.map(({ name }) => name));
    for (const node of model.nodes) this.#nodes.set(node.name, node);
  }

  get nodes(): readonly Node[] {
    return [...this.#nodes.values()].filter((node) => node !== undefined);
  }

  async fold(norm: Node): Promise<void> {
    const layer = this.#layerBefore(norm);
    if (layer === undefined) return;
    const [gamma, beta, mean, variance] = await Promise.all(
      norm.inputs.slice(1, 5).map((name) => this.#vector(name)),
    );
    const [, weightName = "", biasName = ""] = layer.inputs;
    const weight = this.initializers.get(weightName);
    if (gamma === undefined || beta === undefined || mean === undefined) return;
    if (variance === undefined || weight === undefined) return;
    const channels = gamma.length;
    const old = biasName === "" ? [0] : await this.#vector(biasName);
    if (old === undefined) return;
    const epsilon = floatAttribute(norm, "epsilon", 1e-5);
    const factors = Float64Array.from(gamma, (g, i) => g / Math.sqrt((variance[i] ?? 0) + epsilon));
    const bad = factors.findIndex((factor) => !Number.isFinite(factor));
    if (bad >= 0) {
      throw nodeError(norm, {
        what: `the scale of channel ${bad}, gamma ${gamma[bad]} over variance ${variance[bad]},`,
        found: String(factors[bad]),
        expected: "a finite number",
      });
    }
    const weigh = layer.operator === "Gemm" ? floatAttribute(layer, "beta", 1) : 1;
    const bias = Float32Array.from(beta, (b, i) => {
      const before = weigh * (old[old.length === 1 ? 0 : i] ?? 0);
      return b + (before - (mean[i] ?? 0)) * (factors[i] ?? 0);
    });
    const scaled = scaleViews(layer, { shape: weight.shape, factors }).reduce(viewTensor, weight);
    const newWeight = this.#claim(weightName, `${layer.name}.weight`);
    const newBias = this.#claim(biasName, `${layer.name}.bias`);
    this.initializers.set(newWeight, { ...scaled, name: newWeight });
    const dense = { dtype: "float32", shape: [channels], data: bias } as const;
    this.initializers.set(newBias, referenceDense(newBias, dense));
    const joined: Node = {
      ...layer,
      operator: layer.operator === "MatMul" ? "Gemm" : layer.operator,
      inputs: [layer.inputs[0] ?? "", newWeight, newBias],
      outputs: [norm.outputs[0] ?? ""],
      attributes: layer.operator === "Gemm"
        ? { ...layer.attributes, beta: { type: "float", value: 1 } }
        : layer.attributes,
    };
    this.#nodes.set(layer.name, joined);
    this.#nodes.set(norm.name, undefined);
    this.#producers.set(norm.outputs[0] ?? "", joined);
    this.batchNorms.set(layer.name, {
      gamma: Float32Array.from(gamma),
      beta: Float32Array.from(beta),
    });
  }

  /** The layer that a batch norm can be folded into. */
  #layerBefore(norm: Node): Node | undefined {
    const { values, overrides } = this.#model;
    const input = norm.inputs[0] ?? "";
    const layer = this.#producers.get(input);
    if (layer === undefined) return undefined;
    if (!["Conv", "ConvTranspose", "Gemm", "MatMul"].includes(layer.operator)) return undefined;
    if (this.#outputs.has(input) || this.#consumers.get(input)?.length !== 1) return undefined;
    // An encoding asked for in between speaks of numbers that folding changes.
    const [, weight = "", bias = ""] = layer.inputs;
    const spoken = overrides.activations.has(input) || overrides.parameters.has(weight) ||
      overrides.parameters.has(bias);
    if (spoken || this.initializers.get(weight)?.dtype !== "float32") return undefined;
    const channels = values.get(input)?.shape[1] ?? 0;
    const flat = layer.operator === "Gemm" || layer.operator === "MatMul";
    if (flat && values.get(input)?.shape.length !== 2) return undefined;
    if (layer.operator === "MatMul" && this.initializers.get(weight)?.shape.length !== 2) {
      return undefined;
    }
    if (bias === "") return layer;
    const { shape } = this.initializers.get(bias) ?? {};
    if (shape === undefined) return undefined;
    // The bias of a Gemm may have a row each, which no vector can say.
    const count = countElements(shape);
    return (count === 1 || (count === channels && shape.at(-1) === channels)) ? layer : undefined;
  }

  async #vector(name: string): Promise<readonly number[] | undefined> {
    const reference = this.initializers.get(name);
    if (reference === undefined) return undefined;
    const { signal } = this.#options;
    return toNumbers(await readDense(reference, signal === undefined ? {} : { signal }));
  }

  /** The old name where nobody else reads it, else a new one. */
  #claim(name: string, wish: string): string {
    if (name !== "" && this.#consumers.get(name)?.length === 1) return name;
    const { initializers } = this;
    const { values } = this.#model;
    return freeName(wish, { has: (taken) => values.has(taken) || initializers.has(taken) });
  }
}

/**
 * Folds BatchNormalization into the Conv, ConvTranspose, Gemm or MatMul in front of it
 * (quantization reference 5.1): with `g = gamma / sqrt(variance + epsilon)` the weight gets a scale
 * view `W[o] * g[o]`, the bias becomes `beta + (bias - mean) * g`. A MatMul becomes a Gemm.
 *
 * The layer's output takes the name of the batch norm's output; gamma and beta are kept in
 * `model.batchNorms` under the layer's name. A batch norm stays if its input has other readers, is
 * a network output, or has an encoding asked for, or if the weight is not a float32 constant.
 *
 * @param model The model; not changed.
 * @param options The abort signal.
 * @throws {FormatError} If a scale is not finite, such as with a negative variance.
 */
export async function foldBatchNorms(
  model: Model,
  options: FoldBatchNormsOptions = {},
): Promise<Model> {
  const folder = new BatchNormFolder(model, options);
  for (const node of model.nodes) {
    options.signal?.throwIfAborted();
    if (node.operator === "BatchNormalization") await folder.fold(node);
  }
  const { nodes, initializers, batchNorms } = folder;
  return rewriteModel(model, { nodes, initializers, batchNorms });
}
