import {
  constantIntegers,
  intAttribute,
  intsAttribute,
  type Model,
  type Node,
  type ValueInfo,
} from "../graph/mod.ts";
import {
  byteLengthOf,
  bytesOfTensorData,
  countElements,
  createTensorData,
  type DenseTensor,
  type SampleSource,
} from "../tensor/mod.ts";

/** Operators that treat every element by itself. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...["Abs", "Ceil", "Celu", "Clip", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid"],
  ...["HardSwish", "Identity", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round"],
  ...["Selu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu"],
]);

/** Operators that broadcast their operands. */
const BROADCASTING: ReadonlySet<string> = new Set([
  ...["Add", "Div", "Max", "Min", "Mul", "PRelu", "Sub", "Sum"],
]);

/** Operators that keep axis 0 of their first input apart from all that they do. */
const BY_SAMPLE: ReadonlySet<string> = new Set([
  ...["AveragePool", "Conv", "ConvTranspose", "DepthToSpace", "GlobalAveragePool"],
  ...["GlobalMaxPool", "InstanceNormalization", "MaxPool", "SpaceToDepth"],
]);

/** The most samples in a batch; more gain nothing. */
const MAX_BATCH = 8;

/** A network that takes several samples at a time. */
export interface BatchedNetwork {
  /** The network; axis 0 of every value counts the samples. */
  readonly model: Model;
  /** The samples, several at a time; a tensor is valid until the next is read. */
  readonly samples: SampleSource;
}

/** Options for {@linkcode batchNetwork}. */
export interface BatchNetworkOptions {
  /** Values that are wanted of the network; what they do not depend on is left out. */
  readonly wanted: Iterable<string>;
  /** Bytes that the values around one layer may take. */
  readonly maxBytes: number;
}

/**
 * Makes a network run several samples at a time: as many as divide the number of samples, fit, and
 * gain something. Layers of a moment each are then run less often. Where samples could mix, or
 * nothing is gained, all stays as it is.
 *
 * @param model The network, for one sample.
 * @param samples The samples.
 * @param options What is wanted, and how much memory there is.
 */
export function batchNetwork(
  model: Model,
  samples: SampleSource,
  { wanted, maxBytes }: BatchNetworkOptions,
): BatchedNetwork {
  const nodes = neededNodes(model, wanted);
  const names = new Set(nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
  const isApart = [...names].every((name) => (model.values.get(name)?.shape[0] ?? 1) === 1) &&
    model.inputs.every(({ shape }) => shape[0] === 1) &&
    nodes.every((node) => keepsSamplesApart(model, node));
  const most = Math.max(1, ...nodes.map((node) => bytesAround(model, node)));
  const fitting = Math.min(MAX_BATCH, Math.floor(maxBytes / most));
  const size = isApart ? largestDivisor(samples.length, fitting) : 1;
  if (size === 1) return { model, samples };
  const batched = ({ shape, ...info }: ValueInfo): ValueInfo => ({
    ...info,
    shape: [size, ...shape.slice(1)],
  });
  const values = new Map<string, ValueInfo>();
  for (const [name, info] of model.values) if (names.has(name)) values.set(name, batched(info));
  const inputs = model.inputs.map(batched);
  for (const input of inputs) values.set(input.name, input);
  return {
    model: { ...model, nodes, inputs, outputs: [], values },
    samples: batchSamples(inputs, samples, size),
  };
}

function neededNodes(model: Model, wanted: Iterable<string>): Node[] {
  const needed = new Set(wanted);
  const nodes: Node[] = [];
  for (const node of model.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    nodes.push(node);
  }
  return nodes.reverse();
}

/** Whether nothing of one sample reaches another when axis 0 of all values counts samples. */
function keepsSamplesApart(model: Model, node: Node): boolean {
  const { operator, inputs: [first = "", ...others], outputs: [output = ""] } = node;
  const rank = model.values.get(output)?.shape.length ?? 0;
  const areConstant = others.every((name) => !model.values.has(name));
  if (rank === 0 || !model.values.has(output)) return false;
  if (BROADCASTING.has(operator)) {
    return node.inputs.every((name) => {
      const value = model.values.get(name);
      const constant = model.initializers.get(name)?.shape ?? [];
      if (value !== undefined) return value.shape.length === rank;
      return constant.length < rank || constant[0] === 1;
    });
  }
  if (operator === "Concat") {
    return intAttribute(node, "axis", 0) > 0 && node.inputs.every((name) => model.values.has(name));
  }
  if (!areConstant || !model.values.has(first)) return false;
  if (ELEMENTWISE.has(operator) || BY_SAMPLE.has(operator)) return true;
  switch (operator) {
    case "Flatten":
      return intAttribute(node, "axis", 1) === 1;
    case "Gemm": {
      const bias = model.initializers.get(node.inputs[2] ?? "")?.shape ?? [];
      return intAttribute(node, "transA", 0) === 0 && (bias.length < 2 || bias[0] === 1);
    }
    case "MatMul":
      return (model.initializers.get(node.inputs[1] ?? "")?.shape.length ?? 0) === 2;
    case "Pad": {
      const pads = constantIntegers(model, node.inputs[1] ?? "");
      return node.inputs.length < 4 && pads?.[0] === 0 && pads[rank] === 0;
    }
    case "Softmax":
      return intAttribute(node, "axis", -1) !== 0 && intAttribute(node, "axis", -1) > -rank;
    case "Transpose":
      return intsAttribute(node, "perm")?.[0] === 0;
  }
  return false;
}

function bytesAround(model: Model, { inputs, outputs }: Node): number {
  let bytes = 0;
  for (const name of [...inputs, ...outputs]) {
    const value = model.values.get(name);
    if (value !== undefined) bytes += byteLengthOf(value.dtype, countElements(value.shape));
  }
  return bytes;
}

function largestDivisor(number: number, limit: number): number {
  for (let divisor = Math.min(limit, number); divisor > 1; divisor--) {
    if (number % divisor === 0) return divisor;
  }
  return 1;
}

/** Joins samples along axis 0, in memory that is used again. */
function batchSamples(
  inputs: readonly ValueInfo[],
  samples: SampleSource,
  size: number,
): SampleSource {
  const tensors = new Map<string, DenseTensor>();
  for (const { name, dtype, shape } of inputs) {
    tensors.set(name, { dtype, shape, data: createTensorData(dtype, countElements(shape)) });
  }
  return {
    length: samples.length / size,
    async read(index, options) {
      for (let place = 0; place < size; place++) {
        const sample = await samples.read(index * size + place, options);
        for (const [name, { data }] of tensors) {
          const part = sample.get(name)?.data;
          if (part === undefined) throw new RangeError(`A sample has no input "${name}"`);
          const bytes = bytesOfTensorData(part);
          bytesOfTensorData(data).set(bytes, place * bytes.length);
        }
      }
      return tensors;
    },
  };
}
