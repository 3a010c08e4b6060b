import type { ExecuteOptions } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import { Calibration } from "./calibration.ts";
import type { ChannelMeans } from "./channel_means.ts";
import { fingerprint } from "./fingerprint.ts";
import { observeActivations } from "./observe_activations.ts";
import { placement, type PlacementOptions } from "./placement.ts";
import { prepareModel, type PrepareOptions } from "./prepare_model.ts";
import { rangeMethod, type RangeMethodName } from "./range_methods.ts";

/** Options for {@linkcode calibrate}. */
export interface CalibrateOptions extends ExecuteOptions, PlacementOptions, PrepareOptions {
  /**
   * How ranges are chosen.
   *
   * @default {"tf"}
   */
  readonly method?: RangeMethodName;
  /** Values to leave out, because their encodings are given. */
  readonly except?: ReadonlySet<string>;
  /** More values to observe, because a rewrite of the network will give them an encoding. */
  readonly also?: Iterable<string>;
  /** Is filled in the same sweep. */
  readonly channelMeans?: ChannelMeans;
}

/**
 * Observes the values that get an encoding, over all samples, in one sweep. The network runs in
 * float32; observers keep a few numbers a value, so memory does not grow with the samples.
 *
 * @param model The float network.
 * @param samples The calibration samples.
 * @param options The range method, limits, engine, abort signal, progress.
 * @throws {FormatError} If the network is already quantized, a sample is bad, or a value is NaN or
 *   infinite.
 * @throws {RangeError} If there are no samples.
 */
export async function calibrate(
  model: Model,
  samples: SampleSource,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  const { method = "tf", except, also, separateActivations, foldBatchNorms, ...execute } = options;
  const { createObserver } = rangeMethod(method, { use: "activations" });
  if (samples.length === 0) throw new RangeError(`Cannot calibrate "${model.name}": no samples`);
  const prepared = await prepareModel(model, {
    ...(foldBatchNorms === undefined ? {} : { foldBatchNorms }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { observed } = placement(prepared, { separateActivations: separateActivations === true });
  const observers = await observeActivations(prepared, samples, {
    ...execute,
    values: observed.union(new Set(also)).difference(except ?? new Set()),
    createObserver,
  });
  return new Calibration({
    model: await fingerprint(prepared, execute),
    method,
    samples: samples.length,
    observers,
  });
}
