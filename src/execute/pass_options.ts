import type { Node } from "../graph/mod.ts";
import type { Range } from "../kernels/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";

/** What is wanted of a pass. */
export interface PassOptions extends ExecuteOptions {
  /** Names the pass in progress reports. */
  readonly stage: string;
  /** Values whose tensors are visited when they are made. */
  readonly exposed?: ReadonlySet<string>;
  /** Values whose ranges are visited; where possible, only these leave the engine. */
  readonly reduced?: ReadonlySet<string>;
  /** Values whose channel means are visited, with their channel axes. */
  readonly averaged?: ReadonlyMap<string, number>;
  /** Values that {@linkcode Pass.take} gives after a group has run. */
  readonly kept?: ReadonlySet<string>;
  /**
   * Runs all samples through each unit before the next, in one group; each of these nodes begins a
   * unit.
   */
  readonly cuts?: ReadonlySet<Node>;
}

/** Sees values of samples when they are made. */
export interface PassVisitor {
  /** Called for exposed values; the tensor is valid until it returns. */
  tensor?(value: string, tensor: DenseTensor, sample: number): void | Promise<void>;
  /** Called for reduced values. */
  range?(value: string, range: Range, sample: number): void | Promise<void>;
  /** Called for averaged values. */
  mean?(value: string, mean: Float64Array, sample: number): void | Promise<void>;
  /** Called when all samples of a group have run through a unit, with the values made there. */
  unit?(values: readonly string[]): void | Promise<void>;
}
