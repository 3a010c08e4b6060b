import {
  consumersOf,
  floatAttribute,
  freeName,
  type Model,
  type Node,
  type ValueInfo,
} from "../graph/mod.ts";
import { readDense, referenceDense, type TensorReference } from "../tensor/mod.ts";
import { type CorrectableLayer, correctableLayers } from "./correctable_layers.ts";

/** A model whose biases are corrected. */
export interface CorrectedModel {
  /** The network; its layers have the biases that were asked for. */
  readonly model: Model;
  /**
   * Values that are new, and the values they are equal to but for the correction: an Add for a bias
   * that the layer itself cannot have stands between the two.
   */
  readonly newValues: ReadonlyMap<string, string>;
}

/**
 * Adds to the biases of layers. A layer without one gets one; one that several layers share is
 * split. A `MatMul` gets its bias from the Add of a constant behind it, becomes a `Gemm`, or gets
 * an Add.
 *
 * @param model The float network.
 * @param corrections What to add, one number a channel, by node name.
 * @param options The abort signal.
 * @throws {RangeError} If a correction has not one number for each channel of its layer.
 */
export async function applyCorrections(
  model: Model,
  corrections: ReadonlyMap<string, Float64Array>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<CorrectedModel> {
  const changes = new BiasChanges(model, options);
  for (const layer of correctableLayers(model)) {
    const correction = corrections.get(layer.node.name);
    if (correction === undefined) continue;
    if (correction.length !== layer.channels) {
      throw new RangeError(
        `Cannot correct node "${layer.node.name}": ${correction.length} numbers, ` +
          `expected ${layer.channels}`,
      );
    }
    await changes.add(layer, correction);
  }
  return changes.result();
}

/**
 * The outputs of layers behind which a correction becomes an Add. Both sides of it get an encoding,
 * also where the layer's output had none because it was fused with an activation function.
 */
export function valuesBeforeAdds(model: Model): string[] {
  const changes = new BiasChanges(model, {});
  return correctableLayers(model).filter((layer) => changes.needsAdd(layer))
    .map(({ value }) => value);
}

class BiasChanges {
  readonly #model: Model;
  readonly #options: { readonly signal?: AbortSignal };
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  readonly #nodes = new Map<string, readonly Node[]>();
  readonly #initializers: Map<string, TensorReference>;
  readonly #values: Map<string, ValueInfo>;
  readonly #newValues = new Map<string, string>();
  readonly #nodeNames: ReadonlySet<string>;

  constructor(model: Model, options: { readonly signal?: AbortSignal }) {
    this.#model = model;
    this.#options = options;
    this.#consumers = consumersOf(model);
    this.#nodeNames = new Set(model.nodes.map(({ name }) => name));
    this.#initializers = new Map(model.initializers);
    this.#values = new Map(model.values);
  }

  async add(layer: CorrectableLayer, correction: Float64Array): Promise<void> {
    if (this.needsAdd(layer)) return this.#insert(layer, correction);
    const { node } = layer;
    const addend = this.#addendOf(layer);
    if (addend !== undefined) {
      const { reader, operand, constant } = addend;
      const wish = { correction, factor: 1, wish: operand, shape: constant.shape };
      const name = await this.#corrected(constant, wish);
      const inputs = reader.inputs.map((input) => input === operand ? name : input);
      this.#nodes.set(reader.name, [{ ...reader, inputs }]);
      return;
    }
    const [x = "", weight = "", bias = ""] = node.inputs;
    const factor = node.operator === "Gemm" ? floatAttribute(node, "beta", 1) : 1;
    const name = await this.#corrected(
      this.#model.initializers.get(bias),
      { correction, factor, wish: bias === "" ? `${node.name}.bias` : bias },
    );
    this.#nodes.set(node.name, [{
      ...node,
      operator: node.operator === "MatMul" ? "Gemm" : node.operator,
      inputs: [x, weight, name],
      attributes: node.operator === "Gemm"
        ? { ...node.attributes, beta: { type: "float", value: 1 } }
        : node.attributes,
    }]);
  }

  /** Whether a layer can have no bias, and nothing constant is added behind it. */
  needsAdd(layer: CorrectableLayer): boolean {
    const { operator, inputs: [x = "", weight = "", bias = ""] } = layer.node;
    const { initializers, values } = this.#model;
    if (operator !== "MatMul") return bias !== "" && !initializers.has(bias);
    const isMatrix = initializers.get(weight)?.shape.length === 2 &&
      values.get(x)?.shape.length === 2;
    return !isMatrix && this.#addendOf(layer) === undefined;
  }

  result(): CorrectedModel {
    const nodes = this.#model.nodes.flatMap((node) => this.#nodes.get(node.name) ?? [node]);
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    const initializers = new Map([...this.#initializers].filter(([name]) => used.has(name)));
    return {
      model: { ...this.#model, nodes, initializers, values: this.#values },
      newValues: this.#newValues,
    };
  }

  /** The Add of a constant, one number a channel, that alone reads the output of a MatMul. */
  #addendOf({ node: { operator }, value, channels }: CorrectableLayer) {
    const [reader, ...others] = this.#consumers.get(value) ?? [];
    const isOutput = this.#model.outputs.some(({ name }) => name === value);
    if (operator !== "MatMul" || reader?.operator !== "Add" || others.length > 0 || isOutput) {
      return undefined;
    }
    const operand = reader.inputs.find((input) => input !== value) ?? "";
    const constant = this.#model.initializers.get(operand);
    const isVector = constant?.shape.at(-1) === channels &&
      constant.shape.slice(0, -1).every((length) => length === 1);
    return isVector ? { reader, operand, constant } : undefined;
  }

  /** Puts an Add behind a layer that cannot have a bias itself. */
  #insert({ node, value, axis, channels }: CorrectableLayer, correction: Float64Array): void {
    const info = this.#model.values.get(value);
    if (info === undefined) return;
    const raw = this.#freeName(`${value}.unbiased`);
    this.#values.set(raw, { ...info, name: raw });
    this.#newValues.set(raw, value);
    const name = this.#freeName(`${node.name}.bias`);
    const shape = info.shape.slice(axis).map((_, index) => index === 0 ? channels : 1);
    const data = Float32Array.from(correction);
    this.#initializers.set(name, referenceDense(name, { dtype: "float32", shape, data }));
    this.#nodes.set(node.name, [
      { ...node, outputs: [raw, ...node.outputs.slice(1)] },
      {
        name: this.#freeName(`${node.name}.add_bias`),
        operator: "Add",
        inputs: [raw, name],
        outputs: [value],
        attributes: {},
      },
    ]);
  }

  /** The name of the sum of a constant bias, as it broadcasts, and a correction. */
  async #corrected(
    bias: TensorReference | undefined,
    { correction, factor, wish, shape }: {
      readonly correction: Float64Array;
      readonly factor: number;
      readonly wish: string;
      readonly shape?: readonly number[];
    },
  ): Promise<string> {
    const dense = bias === undefined ? undefined : await readDense(bias, this.#options);
    const before = dense === undefined ? [0] : Array.from(dense.data, Number);
    const channels = correction.length;
    // The bias of a Gemm may have a row, or a number, for each row of the output.
    const rowLength = dense?.shape.at(-1) ?? 1;
    const rows = before.length / rowLength;
    const sums = Float32Array.from({ length: rows * channels }, (_, index) => {
      const column = rowLength === 1 ? 0 : index % channels;
      const old = before[Math.floor(index / channels) * rowLength + column] ?? 0;
      return factor * old + (correction[index % channels] ?? 0);
    });
    const alone = bias !== undefined && this.#consumers.get(wish)?.length === 1;
    const name = alone ? wish : this.#freeName(wish);
    const data = {
      dtype: "float32",
      shape: shape ?? (rows === 1 ? [channels] : [rows, channels]),
      data: sums,
    } as const;
    this.#initializers.set(name, referenceDense(name, data));
    return name;
  }

  #freeName(wish: string): string {
    const taken = [this.#values, this.#initializers, this.#nodeNames];
    return freeName(wish, { has: (name) => taken.some((names) => names.has(name)) });
  }
}
