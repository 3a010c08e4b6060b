import { UnsupportedError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";

/** Options for {@linkcode sweep} and {@linkcode sweepRanges}. */
export interface SweepOptions extends ExecuteOptions {
  /** Values to visit; all float32 inputs and node outputs by default. */
  readonly observe?: Iterable<string>;
}

/** Sees one value of one sample; `tensor` is valid until it returns. */
export type SweepVisitor = (
  value: string,
  tensor: DenseTensor,
  sample: number,
) => void | Promise<void>;

/** The least and the greatest element of a value of one sample. */
export interface ValueRange {
  /** The least element. */
  readonly min: number;
  /** The greatest element. */
  readonly max: number;
}

/** Sees the range of one value of one sample. */
export type RangeVisitor = (value: string, range: ValueRange, sample: number) => void;

/** Visits the observed values of every sample once. */
export function sweep(
  model: Model,
  _samples: SampleSource,
  _visitor: SweepVisitor,
  _options: SweepOptions = {},
): Promise<void> {
  return Promise.reject(new UnsupportedError(`Cannot sweep "${model.name}"`));
}

/** As {@linkcode sweep}, but only the range of each value leaves the engine; not finite: error. */
export function sweepRanges(
  model: Model,
  _samples: SampleSource,
  _visitor: RangeVisitor,
  _options: SweepOptions = {},
): Promise<void> {
  return Promise.reject(new UnsupportedError(`Cannot sweep "${model.name}"`));
}
