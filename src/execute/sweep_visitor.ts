import type { DenseTensor } from "../tensor/mod.ts";

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
