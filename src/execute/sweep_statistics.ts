import type { Model, Node } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { ExecuteOptions } from "./execute_options.ts";
import { allFinite } from "./all_finite.ts";
import { knownValues } from "./known_values.ts";
import { openPass } from "./open_pass.ts";
import { present } from "./present.ts";
import { notFinite } from "./require_finite.ts";
import type { RangeVisitor, SweepVisitor } from "./sweep_visitor.ts";

/** Options for {@linkcode sweepStatistics}. */
export interface SweepStatisticsOptions extends ExecuteOptions {
  /** Values to see whole. */
  readonly tensors?: Iterable<string>;
  /** float32 values whose ranges are wanted. */
  readonly ranges?: Iterable<string>;
  /** float32 values whose channel means are wanted, with their channel axes. */
  readonly means?: ReadonlyMap<string, number>;
  /**
   * Nodes of the model to stop at: all samples run through the nodes before one of these before any
   * sample runs through it. In between, {@linkcode StatisticsVisitor.unit} may change initializers of
   * the model that are read later.
   */
  readonly cuts?: Iterable<Node>;
}

/** Sees statistics of values; what is not wanted can be left out. */
export interface StatisticsVisitor {
  /** Called for each wanted tensor of each sample; it is valid until this returns. */
  readonly tensor?: SweepVisitor;
  /** Called for each wanted range of each sample. */
  readonly range?: RangeVisitor;
  /** Called with the mean of each channel of each wanted value of each sample, in double precision. */
  readonly mean?: (value: string, mean: Float64Array, sample: number) => void;
  /** Called when a part of the network has seen all samples, with the values made there. */
  readonly unit?: (values: readonly string[]) => void | Promise<void>;
}

/**
 * Visits tensors, ranges and channel means of every sample in one sweep. Ranges and means are mostly
 * computed inside the engine, so that their values need not leave it. With cuts, each part of the
 * network between them runs over all samples before the next, whatever fits; what waits lies in a
 * store within the memory limit.
 *
 * @param model The network; its activation encodings are applied.
 * @param samples Its inputs.
 * @param visitor Called for each sample.
 * @param options What to visit, where to stop, and limits.
 * @throws {FormatError} If a sample does not fit the network, or a range or mean is not finite.
 * @throws {MemoryLimitError} If one node alone is over the memory limit.
 * @throws {RangeError} If a value is not in the network, or not float32.
 * @throws {UnsupportedError} If the engine does not load, or does not know an operator.
 */
export async function sweepStatistics(
  model: Model,
  samples: SampleSource,
  visitor: StatisticsVisitor,
  options: SweepStatisticsOptions,
): Promise<void> {
  const { tensors = [], ranges = [], means = new Map<string, number>(), cuts, ...execute } =
    options;
  const reduced = reducible(model, ranges, "range");
  const averaged = new Map<string, number>();
  for (const value of reducible(model, means.keys(), "mean")) {
    averaged.set(value, present(means, value));
  }
  await using pass = await openPass(model, samples, {
    ...execute,
    stage: "sweep",
    exposed: knownValues(model, tensors),
    reduced,
    averaged,
    ...(cuts === undefined ? {} : { cuts: new Set(cuts) }),
  });
  for (const group of pass.groups()) {
    await pass.run(group, {
      tensor: (value, tensor, sample) => visitor.tensor?.(value, tensor, sample),
      range(value, { min, max, finite }, sample): void {
        if (!finite) throw notFinite(value, sample);
        visitor.range?.(value, { min, max }, sample);
      },
      mean(value, mean, sample): void {
        if (!allFinite(mean)) throw notFinite(value, sample);
        visitor.mean?.(value, mean, sample);
      },
      unit: (values) => visitor.unit?.(values),
    });
  }
}

/** The values of which the engine can compute a statistic; empty ones have none. */
function reducible(model: Model, values: Iterable<string>, what: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const value of knownValues(model, values)) {
    const { dtype, shape } = present(model.values, value);
    if (dtype !== "float32") {
      throw new RangeError(
        `Cannot take the ${what} of value "${value}": it is ${dtype}, not float32`,
      );
    }
    if (!shape.includes(0)) found.add(value);
  }
  return found;
}
