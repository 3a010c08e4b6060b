import { type ExecuteOptions, runModel } from "../execute/mod.ts";
import { type Model, NO_ENCODINGS, type Node } from "../graph/mod.ts";
import { type QuantizedModel, SqnrAccumulator } from "../quantize/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import { type AnalyzedLayer, analyzedLayers } from "./analyzed_layers.ts";
import { KeptTensors } from "./kept_tensors.ts";
import { topClasses } from "./top_classes.ts";
import { type Proportion, wilsonInterval } from "./wilson_interval.ts";

/** How near an output comes to that of the float network. */
export interface OutputQuality {
  /** Signal to quantization noise ratio in dB; `Infinity` where nothing differs. */
  readonly sqnr: number;
  /** Share of samples with the same best class; absent where the output is no list of scores. */
  readonly agreement?: Proportion;
}

/** What becomes of the output when one layer alone is quantized. */
export interface LayerSensitivity {
  /** Name of the layer's node; of a network input, its own. */
  readonly layer: string;
  /** The operator, or `Input`. */
  readonly operator: string;
  /** With weights and bias of the layer on their grids; absent where it has none. */
  readonly weights?: OutputQuality;
  /** With what the layer puts out on its grid; absent where that has no grid of its own. */
  readonly activations?: OutputQuality;
}

/** Options for {@linkcode layerSensitivity}. */
export interface LayerSensitivityOptions extends Omit<ExecuteOptions, "onProgress"> {
  /**
   * The output that is compared.
   *
   * @default {the first output}
   */
  readonly output?: string;
  /** Called before each layer, and at the end. */
  readonly onProgress?: (done: number, total: number, layer: string) => void;
}

const DEFAULT_MEMORY_LIMIT = 512 * 2 ** 20;
/** Added to the names of constants that only one layer reads quantized. */
const PREFIX = "dlcstream/quantized/";

/**
 * Quantizes each layer alone, first its weights, then its activations, and measures how far the
 * output of the network moves. That is a run of all samples for each: a few samples will do.
 *
 * @param float The prepared float network.
 * @param quantized The network quantized from it. Its biases should not be corrected: a correction is
 *   for the errors of the layers before as well, and does harm where these are float.
 * @param samples The inputs.
 * @param options Which output, limits, engine, abort signal, progress.
 * @returns What each layer does, in topological order, network inputs first.
 * @throws {RangeError} If the output does not exist, or there are no samples.
 */
export async function layerSensitivity(
  float: Model,
  quantized: QuantizedModel,
  samples: SampleSource,
  options: LayerSensitivityOptions = {},
): Promise<LayerSensitivity[]> {
  const { onProgress, output = float.outputs[0]?.name ?? "", ...given } = options;
  const { memoryLimit = DEFAULT_MEMORY_LIMIT, tempDirectory } = given;
  if (samples.length === 0) throw new RangeError(`Cannot analyze "${float.name}": no samples`);
  const share = memoryLimit / 8;
  await using kept = new KeptTensors({
    budget: share,
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
  });
  const again = readOnce(samples, kept);
  const run = (model: Model) =>
    runModel(model, again, { ...given, memoryLimit: memoryLimit - share, values: [output] });
  for await (const { index, outputs } of run(float)) {
    await kept.put(outputKey(index), tensorOf(outputs, output));
  }
  const measure = async (variant: Model): Promise<OutputQuality> => {
    const sqnr = new SqnrAccumulator();
    let agreeing = 0;
    let isClassifier = true;
    for await (const { index, outputs } of run(variant)) {
      const actual = tensorOf(outputs, output);
      const expected = await kept.read(outputKey(index)) ?? actual;
      sqnr.add(expected.data, actual.data);
      isClassifier &&= holdsScores(actual.shape);
      if (isClassifier && sameBestClass(expected, actual)) agreeing++;
    }
    const sum = { sqnr: sqnr.decibels };
    return isClassifier ? { ...sum, agreement: wilsonInterval(agreeing, samples.length) } : sum;
  };
  const layers = analyzedLayers(float, quantized);
  const found: LayerSensitivity[] = [];
  for (const [done, layer] of layers.entries()) {
    const { name, operator, parameters, activations } = layer;
    onProgress?.(done, layers.length, name);
    found.push({
      layer: name,
      operator,
      ...(parameters.length === 0
        ? {}
        : { weights: await measure(withQuantizedParameters(float, quantized, { layer })) }),
      ...(activations.length === 0
        ? {}
        : { activations: await measure(withRoundedValues(float, quantized, { activations })) }),
    });
  }
  onProgress?.(layers.length, layers.length, "");
  return found;
}

/**
 * Whether a tensor is one list of class scores: `[1, 1000]`, `[1, 1000, 1, 1]`, `[10]`.
 */
export function holdsScores(shape: readonly number[]): boolean {
  return shape.filter((length) => length !== 1).length === 1;
}

/** The float network, in which one layer reads its quantized parameters. */
function withQuantizedParameters(
  float: Model,
  quantized: QuantizedModel,
  { layer: { nodes, parameters } }: { readonly layer: AnalyzedLayer },
): Model {
  const initializers = new Map(float.initializers);
  for (const name of parameters) {
    const constant = quantized.initializers.get(name);
    // Under a name of its own: other layers may read the same weight.
    const own = PREFIX + name;
    if (constant !== undefined) initializers.set(own, { ...constant, name: own });
  }
  const replace = (name: string): string => parameters.includes(name) ? PREFIX + name : name;
  return {
    ...float,
    initializers,
    nodes: float.nodes.map((node): Node =>
      nodes.includes(node.name) ? { ...node, inputs: node.inputs.map(replace) } : node
    ),
    encodings: NO_ENCODINGS,
  };
}

/** The float network, in which some values are rounded. */
function withRoundedValues(
  float: Model,
  { encodings }: QuantizedModel,
  { activations }: { readonly activations: readonly string[] },
): Model {
  const chosen = new Set(activations);
  return {
    ...float,
    encodings: {
      parameters: new Map(),
      activations: new Map([...encodings.activations].filter(([name]) => chosen.has(name))),
    },
  };
}

/** Reads each sample from its source once, and then from memory or a temporary file. */
function readOnce(samples: SampleSource, kept: KeptTensors): SampleSource {
  const names = new Map<number, readonly string[]>();
  return {
    length: samples.length,
    async read(index, options) {
      const known = names.get(index);
      if (known === undefined) {
        const sample = await samples.read(index, options);
        for (const [name, tensor] of sample) {
          await kept.put(inputKey(index, name), { ...tensor, data: tensor.data.slice() });
        }
        names.set(index, [...sample.keys()]);
        return sample;
      }
      const sample = new Map<string, DenseTensor>();
      for (const name of known) {
        const tensor = await kept.read(inputKey(index, name));
        if (tensor !== undefined) sample.set(name, tensor);
      }
      return sample;
    },
  };
}

function inputKey(sample: number, name: string): string {
  return `input ${sample} ${name}`;
}

function outputKey(sample: number): string {
  return `output ${sample}`;
}

function tensorOf(outputs: ReadonlyMap<string, DenseTensor>, name: string): DenseTensor {
  const tensor = outputs.get(name);
  if (tensor === undefined) throw new RangeError(`Cannot find output "${name}"`);
  return tensor;
}

function sameBestClass(a: DenseTensor, b: DenseTensor): boolean {
  return topClasses(a.data, 1)[0] === topClasses(b.data, 1)[0];
}
