import type { Node, ValueInfo } from "../graph/mod.ts";
import { channelSums } from "../kernels/mod.ts";
import { countElements, type DenseTensor } from "../tensor/mod.ts";
import { present } from "./present.ts";

/** Nodes that add up rows of a value inside the engine. */
export interface MeanNodes {
  /** To append to the graph. */
  readonly nodes: readonly Node[];
  /** Where the sums come out. */
  readonly output: ValueInfo;
  /** The constants that the nodes read; those of other values may be the same. */
  readonly initializers: ReadonlyMap<string, DenseTensor>;
  /** Moves the sums out of the outputs of a run, and finishes the mean of each channel. */
  take(tensors: Map<string, DenseTensor>): Float64Array;
}

/** How many elements are added up in single precision, unless the last axis has more. */
const MAX_ROW_ELEMENTS = 256;

/**
 * Makes the nodes that do the first part of the channel means of a float32 value. Only rows are added
 * up in single precision: elements of the last axis, and of those before it while they are few. What
 * is left is small and added up in double.
 *
 * @param value The value.
 * @param axis Its channel axis, which is not its last.
 */
export function meanNodes({ name, shape }: ValueInfo, axis: number): MeanNodes {
  let axes = 1;
  while (
    axes < shape.length - 1 - axis && countElements(shape.slice(-axes - 1)) <= MAX_ROW_ELEMENTS
  ) {
    axes++;
  }
  const output = `${name}/dlcstream/rows`;
  const constant = `dlcstream/last ${axes} axes`;
  const numbers = BigInt64Array.from({ length: axes }, (_, index) => BigInt(index - axes));
  const length = countElements(shape.slice(-axes));
  return {
    nodes: [{
      name: output,
      operator: "ReduceSum",
      inputs: [name, constant],
      outputs: [output],
      attributes: { keepdims: { type: "int", value: 0 } },
    }],
    output: { name: output, dtype: "float32", shape: shape.slice(0, -axes) },
    initializers: new Map([[constant, { dtype: "int64", shape: [axes], data: numbers }]]),
    take(tensors): Float64Array {
      const sums = present(tensors, output);
      tensors.delete(output);
      return divide(channelMeans(sums, axis), length);
    },
  };
}

/** The mean of each channel of a float32 tensor, in double precision. */
export function channelMeans({ data, dtype, shape }: DenseTensor, axis: number): Float64Array {
  if (!(data instanceof Float32Array)) {
    throw new RangeError(`Cannot take means of a ${dtype} tensor: expected float32`);
  }
  const channels = shape[axis] ?? 0;
  const sums = new Float64Array(channels);
  channelSums(data, { offset: 0, inner: countElements(shape.slice(axis + 1)), channels }, sums);
  return divide(sums, data.length / channels);
}

/** Divides in place, without a call for each number. */
function divide(numbers: Float64Array, divisor: number): Float64Array {
  for (let i = 0; i < numbers.length; i++) numbers[i]! /= divisor;
  return numbers;
}
