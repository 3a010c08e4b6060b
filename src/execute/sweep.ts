import { FormatError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import { minMax } from "../kernels/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";
import { knownValues } from "./known_values.ts";
import { openPass } from "./open_pass.ts";
import { sweepStatistics } from "./sweep_statistics.ts";

/** Options for {@linkcode sweep} and {@linkcode sweepRanges}. */
export interface SweepOptions extends ExecuteOptions {
  /**
   * Values to visit.
   *
   * @default {all float32 network inputs and node outputs}
   */
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

/**
 * Checks that an observed tensor holds numbers only.
 *
 * @throws {FormatError} If an element is NaN or infinite; the message names value and sample.
 */
export function requireFinite(value: string, tensor: DenseTensor, sample: number): void {
  if (tensor.data instanceof Float32Array && !minMax(tensor.data).finite) {
    throw notFinite(value, sample);
  }
}

/** The error of a value that is NaN or infinite somewhere. */
export function notFinite(value: string, sample: number): FormatError {
  return new FormatError(
    `Cannot observe value "${value}" of sample ${sample}: found NaN or infinity, expected numbers`,
    { found: "NaN or infinity", expected: "numbers" },
  );
}

function floatValues(model: Model): string[] {
  return model.values.values().filter(({ dtype }) => dtype === "float32")
    .map(({ name }) => name).toArray();
}
