import type { Model } from "../graph/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";
import { knownValues } from "./known_values.ts";
import { openPass } from "./open_pass.ts";

/** Options for {@linkcode runModel}. */
export interface RunOptions extends ExecuteOptions {
  /**
   * Values to return for each sample: inputs, intermediates, outputs.
   *
   * @default {the network's outputs}
   */
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
 * fake-quantized where it is made, network inputs too: the numbers are those of the quantized
 * network. Weights decode themselves.
 *
 * Where all weights fit the memory limit, each sample runs through the whole network; else each
 * part of the network runs over all samples, and what waits spills to a temporary file. The outputs
 * are the same.
 *
 * @param model The network.
 * @param samples Its inputs.
 * @param options What to return, and limits.
 * @returns The outputs of each sample, in order.
 * @throws {FormatError} If a sample does not fit the network.
 * @throws {MemoryLimitError} If one node alone is over the memory limit.
 * @throws {RangeError} If a value is not in the network.
 * @throws {UnsupportedError} If the engine does not load, or does not know an operator.
 */
export async function* runModel(
  model: Model,
  samples: SampleSource,
  options: RunOptions = {},
): AsyncGenerator<SampleOutputs, void, void> {
  const outputs = model.outputs.map(({ name }) => name);
  const kept = knownValues(model, options.values ?? outputs, { constants: true });
  await using pass = await openPass(model, samples, { ...options, stage: "run", kept });
  for (const group of pass.groups()) {
    await pass.run(group);
    for (const index of group) yield { index, outputs: await pass.take(index) };
  }
}
