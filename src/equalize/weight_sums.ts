import { countElements, readChunks, type ReadChunksOptions } from "../tensor/mod.ts";
import type { TensorReference } from "../tensor/mod.ts";
import type { EqualizableLayer } from "./equalizable_layer.ts";
import type { WeightSide } from "./scale_channels.ts";

/**
 * For each input channel of a layer, the sum over its weights of `w² * importance[output channel]`.
 *
 * @param layer The layer.
 * @param weight Its weight as it is now.
 * @param importance A number for each output channel.
 * @param options Chunk size, limits, abort signal.
 * @throws {TypeError} If the weight is not float32.
 */
export async function weightPowers(
  layer: EqualizableLayer,
  { weight, importance }: {
    readonly weight: TensorReference;
    readonly importance: Float64Array;
  },
  options: ReadChunksOptions = {},
): Promise<Float64Array> {
  const sums = { side: "input", factors: importance, squared: true } as const;
  return await sumOver(layer, weight, { ...options, ...sums });
}

/**
 * For each output channel of a layer, the sum over its weights of `w * constants[input channel]`: what
 * an input of one number a channel gives, without bias.
 *
 * @param layer The layer.
 * @param weight Its weight as it is now.
 * @param constants A number for each input channel.
 * @param options Chunk size, limits, abort signal.
 * @throws {TypeError} If the weight is not float32.
 */
export async function weightedConstants(
  layer: EqualizableLayer,
  { weight, constants }: {
    readonly weight: TensorReference;
    readonly constants: Float64Array;
  },
  options: ReadChunksOptions = {},
): Promise<Float64Array> {
  const sums = { side: "output", factors: constants, squared: false } as const;
  return await sumOver(layer, weight, { ...options, ...sums });
}

/** What {@link sumOver} computes. */
interface SumOptions extends ReadChunksOptions {
  /** The side whose channels get sums. */
  readonly side: WeightSide;
  /** A number for each channel of the other side. */
  readonly factors: Float64Array;
  /** Whether weights are squared. */
  readonly squared: boolean;
}

/** For each channel of a side, the sum over its weights of each times the other channel's factor. */
async function sumOver(
  layer: EqualizableLayer,
  weight: TensorReference,
  { side, factors, squared, ...options }: SumOptions,
): Promise<Float64Array> {
  const { inputChannels, outputChannels } = layer;
  const sums = new Float64Array(side === "input" ? inputChannels : outputChannels);
  for await (const { offset, data } of readChunks(weight, options)) {
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`Cannot equalize tensor "${weight.name}": its chunks are not float32`);
    }
    addChunk(layer, { data, offset, shape: weight.shape }, { side, factors, squared, sums });
  }
  return sums;
}

/** Adds the weights of a chunk to the sums of their channels, row by row. */
function addChunk(
  { groups, outputAxis }: EqualizableLayer,
  { data, offset, shape }: {
    readonly data: Float32Array;
    readonly offset: number;
    readonly shape: readonly number[];
  },
  { side, factors, squared, sums }: SumOptions & { readonly sums: Float64Array },
): void {
  const [first = 0, second = 0, ...kernel] = shape;
  const inner = countElements(kernel);
  const rows = first / groups;
  // The channels of one side are rows, those of the other lie along them.
  const sumsRows = (side === "output") === (outputAxis === 0);
  for (let start = 0; start < data.length;) {
    const run = Math.floor((offset + start) / inner);
    const row = Math.floor(run / second);
    const end = Math.min((row + 1) * second * inner - offset, data.length);
    let channel = Math.floor(row / rows) * second + run % second;
    let left = (run + 1) * inner - offset - start;
    let sum = 0;
    for (; start < end; start++) {
      const value = squared ? data[start]! * data[start]! : data[start]!;
      if (sumsRows) sum += value * factors[channel]!;
      else sums[channel]! += value * factors[row]!;
      if (--left > 0) continue;
      left = inner;
      channel++;
    }
    if (sumsRows) sums[row]! += sum;
  }
}
