import type { Node, ValueInfo } from "../graph/mod.ts";
import { channelSums } from "../kernels/mod.ts";
import { countElements, type DenseTensor } from "../tensor/mod.ts";

/** Nodes that add up values along their last axis inside the engine. */
export interface MeanNodes {
  /** To append to the graph. */
  readonly nodes: readonly Node[];
  /** Their outputs. */
  readonly outputs: readonly ValueInfo[];
  /** The constants they read. */
  readonly initializers: ReadonlyMap<string, DenseTensor>;
  /** The sums of each value's rows. */
  readonly sumsOf: ReadonlyMap<string, RowSums>;
}

/** Where the sums of a value's rows come out. */
interface RowSums {
  readonly output: string;
  readonly axis: number;
  /** How many elements a row has. */
  readonly length: number;
}

const LAST_AXIS = "dlcstream/last axis";

/**
 * Makes the nodes that do the first part of channel means of float32 values. Only rows are added up in
 * single precision; what is left of a value is small and added up in double.
 *
 * @param values The values with their channel axes, which are not their last.
 */
export function meanNodes(
  values: Iterable<{ readonly value: ValueInfo; readonly axis: number }>,
): MeanNodes {
  const nodes: Node[] = [];
  const outputs: ValueInfo[] = [];
  const sumsOf = new Map<string, RowSums>();
  for (const { value: { name, shape }, axis } of values) {
    const output = `${name}/dlcstream/rows`;
    sumsOf.set(name, { output, axis, length: shape.at(-1) ?? 1 });
    outputs.push({ name: output, dtype: "float32", shape: shape.slice(0, -1) });
    nodes.push({
      name: output,
      operator: "ReduceSum",
      inputs: [name, LAST_AXIS],
      outputs: [output],
      attributes: { keepdims: { type: "int", value: 0 } },
    });
  }
  const axes: DenseTensor = { dtype: "int64", shape: [1], data: BigInt64Array.of(-1n) };
  const initializers = new Map(nodes.length === 0 ? [] : [[LAST_AXIS, axes]]);
  return { nodes, outputs, initializers, sumsOf };
}

/** Moves the results of mean nodes out of the outputs of a run, and finishes the means. */
export function takeMeans(
  tensors: Map<string, DenseTensor>,
  { sumsOf }: MeanNodes,
): Map<string, Float64Array> {
  const means = new Map<string, Float64Array>();
  for (const [value, { output, axis, length }] of sumsOf) {
    const sums = tensors.get(output);
    if (sums === undefined) continue;
    tensors.delete(output);
    means.set(value, channelMeans(sums, axis).map((mean) => mean / length));
  }
  return means;
}

/** The mean of each channel of a float32 tensor, in double precision. */
export function channelMeans({ data, dtype, shape }: DenseTensor, axis: number): Float64Array {
  if (!(data instanceof Float32Array)) {
    throw new RangeError(`Cannot take means of a ${dtype} tensor: expected float32`);
  }
  const channels = shape[axis] ?? 0;
  const sums = new Float64Array(channels);
  channelSums(data, { offset: 0, inner: countElements(shape.slice(axis + 1)), channels }, sums);
  return sums.map((sum) => sum * channels / data.length);
}
