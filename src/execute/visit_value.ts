import { minMax, type Range } from "../kernels/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import { channelMeans } from "./mean_nodes.ts";
import type { PassVisitor } from "./pass_options.ts";

/** Which values are seen, and how. */
export interface WantedValues {
  /** Those seen whole. */
  readonly exposed: ReadonlySet<string>;
  /** Those whose ranges are seen. */
  readonly reduced: ReadonlySet<string>;
  /** Those whose channel means are seen, with their channel axes. */
  readonly averaged: ReadonlyMap<string, number>;
}

/** A value of one sample, with what the engine has computed of its unit's values. */
export interface SeenValue {
  /** Its name. */
  readonly value: string;
  /** Its elements. */
  readonly tensor: DenseTensor;
  /** The sample. */
  readonly sample: number;
  /** Ranges that are known. */
  readonly ranges?: ReadonlyMap<string, Range>;
  /** Means that are known. */
  readonly means?: ReadonlyMap<string, Float64Array>;
}

/** Shows a value to a visitor: whole, its range, its means, as wanted and not shown elsewhere. */
export async function visitValue(
  visitor: PassVisitor,
  { exposed, reduced, averaged }: WantedValues,
  { value, tensor, sample, ranges, means }: SeenValue,
): Promise<void> {
  if (exposed.has(value)) await visitor.tensor?.(value, tensor, sample);
  if (reduced.has(value) && !ranges?.has(value)) {
    await visitor.range?.(value, rangeOf(value, tensor), sample);
  }
  const axis = averaged.get(value);
  if (axis !== undefined && !means?.has(value)) {
    await visitor.mean?.(value, channelMeans(tensor, axis), sample);
  }
}

/**
 * The range of a float32 tensor.
 *
 * @throws {RangeError} If it has another type.
 */
export function rangeOf(value: string, { data, dtype }: DenseTensor): Range {
  if (data instanceof Float32Array) return minMax(data);
  throw new RangeError(`Cannot take the range of value "${value}": it is ${dtype}, not float32`);
}
