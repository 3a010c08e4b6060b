import { countElements, readChunks, type ReadChunksOptions } from "../tensor/mod.ts";
import type { TensorReference } from "../tensor/mod.ts";
import type { EqualizableLayer } from "./equalizable_layer.ts";

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
  const powers = new Float64Array(layer.inputChannels);
  await visitRuns(layer, weight, options, (data, { input, output }) => {
    let sum = 0;
    for (const value of data) sum += value * value;
    powers[input] = (powers[input] ?? 0) + sum * (importance[output] ?? 0);
  });
  return powers;
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
  const sums = new Float64Array(layer.outputChannels);
  await visitRuns(layer, weight, options, (data, { input, output }) => {
    const constant = constants[input] ?? 0;
    if (constant === 0) return;
    let sum = 0;
    for (const value of data) sum += value;
    sums[output] = (sums[output] ?? 0) + sum * constant;
  });
  return sums;
}

/** Shows the weights between each two channels, in pieces where chunks cut them. */
async function visitRuns(
  { groups, outputAxis }: EqualizableLayer,
  weight: TensorReference,
  options: ReadChunksOptions,
  visit: (data: Float32Array, channels: { input: number; output: number }) => void,
): Promise<void> {
  const [first = 0, second = 0, ...kernel] = weight.shape;
  const inner = countElements(kernel);
  const rows = first / groups;
  const channels = { input: 0, output: 0 };
  for await (const { offset, data } of readChunks(weight, options)) {
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`Cannot equalize tensor "${weight.name}": its chunks are not float32`);
    }
    for (let start = 0; start < data.length;) {
      const run = Math.floor((offset + start) / inner);
      const end = Math.min((run + 1) * inner - offset, data.length);
      const row = Math.floor(run / second);
      const column = Math.floor(row / rows) * second + run % second;
      channels.input = outputAxis === 0 ? column : row;
      channels.output = outputAxis === 0 ? row : column;
      visit(data.subarray(start, end), channels);
      start = end;
    }
  }
}
