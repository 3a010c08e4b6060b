import type { Model } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";
import { knownValues } from "./known_values.ts";
import { openPass } from "./open_pass.ts";
import { sweepStatistics } from "./sweep_statistics.ts";
import type { RangeVisitor, SweepVisitor } from "./sweep_visitor.ts";

/** Options for {@linkcode sweep} and {@linkcode sweepRanges}. */
export interface SweepOptions extends ExecuteOptions {
  /**
   * Values to visit.
   *
   * @default {all float32 network inputs and node outputs}
   */
  readonly observe?: Iterable<string>;
}

/**
 * Visits observed values of every sample once: sample by sample where the network fits the memory
 * limit, value by value where it does not. Elements may be NaN or infinite; see
 * {@linkcode requireFinite}.
 *
 * @param model The network; its activation encodings are applied.
 * @param samples Its inputs.
 * @param visitor Called for each observed value of each sample.
 * @param options What to observe, and limits.
 * @throws {FormatError} If a sample does not fit the network.
 * @throws {MemoryLimitError} If one node alone is over the memory limit.
 * @throws {RangeError} If a value is not in the network.
 * @throws {UnsupportedError} If the engine does not load, or does not know an operator.
 */
export async function sweep(
  model: Model,
  samples: SampleSource,
  visitor: SweepVisitor,
  options: SweepOptions = {},
): Promise<void> {
  const exposed = knownValues(model, options.observe ?? floatValues(model));
  await using pass = await openPass(model, samples, { ...options, stage: "sweep", exposed });
  for (const group of pass.groups()) await pass.run(group, { tensor: visitor });
}

/**
 * As {@linkcode sweep}, but only the range of each value leaves the engine, which is faster and
 * takes less memory. Empty values are left out.
 *
 * @param model The network; its activation encodings are applied.
 * @param samples Its inputs.
 * @param visitor Called for each observed value of each sample.
 * @param options What to observe, and limits.
 * @throws {FormatError} If a sample does not fit the network, or an element is NaN or infinite.
 * @throws {MemoryLimitError} If one node alone is over the memory limit.
 * @throws {RangeError} If a value is not in the network or not float32.
 * @throws {UnsupportedError} If the engine does not load, or does not know an operator.
 */
export async function sweepRanges(
  model: Model,
  samples: SampleSource,
  visitor: RangeVisitor,
  options: SweepOptions = {},
): Promise<void> {
  const { observe = floatValues(model), ...execute } = options;
  await sweepStatistics(model, samples, { range: visitor }, { ...execute, ranges: observe });
}

function floatValues(model: Model): string[] {
  return model.values.values().filter(({ dtype }) => dtype === "float32")
    .map(({ name }) => name).toArray();
}
