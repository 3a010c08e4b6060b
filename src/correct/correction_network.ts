import { freeName, type Model, NO_ENCODINGS, type Node, type ValueInfo } from "../graph/mod.ts";
import type { QuantizedModel } from "../quantize/mod.ts";
import {
  readDense,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
} from "../tensor/mod.ts";
import type { CorrectableLayer } from "./correctable_layers.ts";
import { type CorrectionRun, correctionRuns } from "./correction_runs.ts";
import { type CorrectionStages, correctionStages, type StagedNode } from "./correction_stages.ts";

/** Options for {@linkcode correctionNetwork}. */
export interface CorrectionNetworkOptions {
  /** The layers to correct. */
  readonly layers: readonly CorrectableLayer[];
  /** Quantizes all activations, not only the network inputs. */
  readonly activations: boolean;
}

/** A run as it is in the network. */
export interface NetworkRun extends CorrectionRun {
  /** Its first node in the network: all runs before end there. */
  readonly start: Node | undefined;
  /** For each measured layer, the value of the network whose channel means are to be taken. */
  readonly means: ReadonlyMap<CorrectableLayer, string>;
}

/** The network in which the errors of biases are measured. */
export interface CorrectionNetwork {
  /** All runs, one behind the other, with quantized weights and float biases. */
  readonly model: Model;
  /** The quantized network with float biases. */
  readonly original: Model;
  /** In order. */
  readonly runs: readonly NetworkRun[];
  /** Values that the corrections of their own stage shift. */
  readonly shifted: CorrectionStages["shifted"];
  /** Sets the correction of a layer, which counts for later runs. */
  correct(layer: CorrectableLayer, correction: Float64Array): Promise<void>;
  /** Sets by how much a stored value is off, which counts for later runs. */
  settle(value: string, shift: Float64Array): void;
}

/**
 * Makes the network that empirical correction runs. It has a part for each run, in which nodes of
 * earlier runs may stand again, then with corrected biases. A value that is stored before it is
 * known how its own stage shifts it gets an Add where a later run reads it.
 */
export function correctionNetwork(
  model: QuantizedModel,
  { layers, activations }: CorrectionNetworkOptions,
): CorrectionNetwork {
  const initializers = new Map(model.initializers);
  for (const [name, { role, float }] of model.quantized) {
    if (role === "bias" && float !== undefined) initializers.set(name, float);
  }
  const inputs = new Set(model.inputs.map(({ name }) => name));
  const encodings = new Map(
    [...model.encodings.activations].filter(([name]) => activations || inputs.has(name)),
  );
  const original: Model = { ...model, initializers };
  const stages = correctionStages(original, { layers, quantized: encodings });
  const runs = correctionRuns(original, stages, encodings);
  return new RunNetwork(original, { stages, encodings }).build(runs);
}

class RunNetwork {
  readonly #original: Model;
  readonly #shifted: CorrectionStages["shifted"];
  readonly #originalEncodings: ReadonlyMap<string, TensorEncoding>;
  readonly #nodes: Node[] = [];
  readonly #values: Map<string, ValueInfo>;
  readonly #initializers: Map<string, TensorReference>;
  readonly #encodings: Map<string, TensorEncoding>;
  /** The stored values, by name in the original, and whether their own stage still shifts them. */
  readonly #stored = new Map<string, { readonly name: string; readonly isShifted: boolean }>();
  readonly #corrected = new Map<CorrectableLayer, string>();
  readonly #shifts = new Map<string, string>();

  constructor(
    original: Model,
    { stages, encodings }: {
      readonly stages: CorrectionStages;
      readonly encodings: ReadonlyMap<string, TensorEncoding>;
    },
  ) {
    this.#original = original;
    this.#shifted = stages.shifted;
    this.#originalEncodings = encodings;
    this.#values = new Map(original.inputs.map((info) => [info.name, info]));
    this.#initializers = new Map(original.initializers);
    this.#encodings = new Map([...encodings].filter(([name]) => this.#values.has(name)));
  }

  build(runs: readonly CorrectionRun[]): CorrectionNetwork {
    const built = runs.map((run) => this.#add(run));
    return {
      model: {
        ...this.#original,
        outputs: [],
        nodes: this.#nodes,
        values: this.#values,
        initializers: this.#initializers,
        encodings: { ...NO_ENCODINGS, activations: this.#encodings },
      },
      original: this.#original,
      runs: built,
      shifted: this.#shifted,
      correct: (layer, correction) => this.#correct(layer, correction),
      settle: (value, shift) => {
        const name = this.#shifts.get(value);
        const axis = this.#shifted.get(value);
        if (name === undefined || axis === undefined) return;
        this.#initializers.set(name, this.#alongChannels(name, { value, axis, numbers: shift }));
      },
    };
  }

  #add(run: CorrectionRun): NetworkRun {
    const start = this.#nodes.length;
    const names = new Map<string, string>();
    const rename = (value: string): string => {
      const stored = this.#stored.get(value);
      if (stored === undefined || names.has(value)) return names.get(value) ?? value;
      names.set(value, stored.isShifted ? this.#settled(value, stored.name) : stored.name);
      return names.get(value) ?? value;
    };
    for (const staged of run.nodes) {
      const inputs = staged.node.inputs.map(rename);
      const isOwn = staged.stage === run.stage;
      for (const value of staged.node.outputs) {
        if (value === "") continue;
        names.set(value, this.#copy(value, !(isOwn && this.#shifted.has(value))));
      }
      const outputs = staged.node.outputs.map((value) => names.get(value) ?? value);
      this.#addNode({ ...staged, node: { ...staged.node, inputs, outputs } }, isOwn);
    }
    for (const value of run.stored) {
      const isShifted = this.#shifted.has(value) &&
        run.nodes.some(({ node, stage }) => stage === run.stage && node.outputs.includes(value));
      this.#stored.set(value, { name: rename(value), isShifted });
    }
    const means = new Map(run.measured.map(({ layer, byInput }) => {
      const value = byInput ? layer.node.inputs[0] ?? "" : layer.value;
      return [layer, names.get(value) ?? ""];
    }));
    return { ...run, start: this.#nodes[start], means };
  }

  /** Adds a node; layers of earlier stages with what corrects them. */
  #addNode({ node, layer }: StagedNode, isOwn: boolean): void {
    if (layer === undefined || isOwn) return void this.#nodes.push(node);
    const name = this.#correctedBias(layer);
    const [input = "", weight = ""] = node.inputs;
    if (takesBias(this.#original, layer.node)) {
      this.#nodes.push({ ...node, inputs: [input, weight, name] });
      return;
    }
    const [value = "", ...others] = node.outputs;
    const raw = this.#copy(layer.value, false);
    this.#nodes.push({ ...node, outputs: [raw, ...others] });
    this.#nodes.push(addNode([raw, name], value));
  }

  /** The name of the constant that corrects a layer: its new bias, or what is added behind it. */
  #correctedBias(layer: CorrectableLayer): string {
    let name = this.#corrected.get(layer);
    if (name === undefined) {
      name = this.#freeName(`${layer.value}/dlcstream/correction`);
      this.#corrected.set(layer, name);
      const numbers = new Float64Array(layer.channels);
      this.#initializers.set(name, this.#alongChannels(name, { ...layer, numbers }));
    }
    return name;
  }

  async #correct(layer: CorrectableLayer, correction: Float64Array): Promise<void> {
    const name = this.#correctedBias(layer);
    if (!takesBias(this.#original, layer.node)) {
      const tensor = this.#alongChannels(name, { ...layer, numbers: correction });
      this.#initializers.set(name, tensor);
      return;
    }
    const bias = this.#original.initializers.get(layer.node.inputs[2] ?? "");
    const before = bias === undefined ? [] : (await readDense(bias)).data;
    const data = Float32Array.from(correction, (added, i) => Number(before[i] ?? 0) + added);
    const shape = [layer.channels];
    this.#initializers.set(name, referenceDense(name, { dtype: "float32", shape, data }));
  }

  /** Adds what a stored value is off to it, and gives the name of the sum. */
  #settled(value: string, stored: string): string {
    let shift = this.#shifts.get(value);
    if (shift === undefined) {
      shift = this.#freeName(`${value}/dlcstream/shift`);
      this.#shifts.set(value, shift);
      const axis = this.#shifted.get(value) ?? 0;
      const numbers = new Float64Array(this.#original.values.get(value)?.shape[axis] ?? 0);
      this.#initializers.set(shift, this.#alongChannels(shift, { value, axis, numbers }));
    }
    const sum = this.#copy(value, true);
    this.#nodes.push(addNode([stored, shift], sum));
    return sum;
  }

  /** A new name for a value, which is then quantized as it is or not at all. */
  #copy(value: string, isQuantized: boolean): string {
    const name = this.#freeName(`${value}/dlcstream/run`);
    const info = this.#original.values.get(value);
    const encoding = this.#originalEncodings.get(value);
    if (info !== undefined) this.#values.set(name, { ...info, name });
    if (isQuantized && encoding !== undefined) this.#encodings.set(name, encoding);
    return name;
  }

  /** One number a channel, in a shape that broadcasts over a value. */
  #alongChannels(
    name: string,
    { value, axis, numbers }: {
      readonly value: string;
      readonly axis: number;
      readonly numbers: Float64Array;
    },
  ): TensorReference {
    const shape = (this.#original.values.get(value)?.shape ?? []).slice(axis)
      .map((_, index) => index === 0 ? numbers.length : 1);
    const data = Float32Array.from(numbers);
    return referenceDense(name, { dtype: "float32", shape, data });
  }

  #freeName(wish: string): string {
    const taken = [this.#values, this.#initializers, this.#original.values];
    return freeName(wish, { has: (name) => taken.some((names) => names.has(name)) });
  }
}

/** Whether a layer can have its correction in its own bias. */
function takesBias({ initializers }: Model, { operator, inputs: [, , bias = ""] }: Node): boolean {
  return (operator === "Conv" || operator === "ConvTranspose") &&
    (bias === "" || initializers.has(bias));
}

function addNode(inputs: readonly string[], output: string): Node {
  return { name: output, operator: "Add", inputs, outputs: [output], attributes: {} };
}
