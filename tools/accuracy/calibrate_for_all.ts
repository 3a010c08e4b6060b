import {
  Calibration,
  isRangeMethodName,
  type Model,
  type ObservedPlace,
  type Observer,
  type ObserverState,
  placement,
  RANGE_METHODS,
  type RangeMethod,
  type RangeMethodName,
  type SampleSource,
  type TensorRange,
} from "dlcstream";
import { fingerprint } from "../../src/quantize/fingerprint.ts";
import { observeActivations } from "../../src/quantize/observe_activations.ts";
import { prepareModel } from "../../src/quantize/prepare_model.ts";

/** Shows values to an observer of each kind. */
class EveryObserver implements Observer {
  /** The observers by kind. */
  readonly observers: ReadonlyMap<string, Observer> = new Map(
    Object.values<RangeMethod>(RANGE_METHODS).map(({ observer, createObserver }) =>
      [observer, createObserver()] as const
    ),
  );

  /** Shows all of them a tensor. */
  observe(values: Float32Array, place: ObservedPlace): void {
    for (const observer of this.observers.values()) observer.observe(values, place);
  }

  /** Is not needed here. */
  merge(): void {
    throw new TypeError("Cannot merge observers of every kind");
  }

  /** The range that all of them have seen. */
  range(): TensorRange | undefined {
    return this.observers.values().next().value?.range();
  }

  /** Is not needed here. */
  toJSON(): ObserverState {
    return { kind: "every" };
  }
}

/**
 * Calibrates a network for every range method, in one sweep.
 *
 * @param model The float network.
 * @param samples The calibration samples.
 */
export async function calibrateForAll(
  model: Model,
  samples: SampleSource,
): Promise<ReadonlyMap<RangeMethodName, Calibration>> {
  const prepared = await prepareModel(model);
  const seen = await observeActivations(prepared, samples, {
    values: placement(prepared).observed,
    createObserver: () => new EveryObserver(),
  });
  const calibrations = new Map<RangeMethodName, Calibration>();
  const network = await fingerprint(prepared);
  for (const [method, { observer: kind }] of Object.entries<RangeMethod>(RANGE_METHODS)) {
    if (!isRangeMethodName(method)) continue;
    const observers = new Map<string, Observer>();
    for (const [name, every] of seen) {
      const observer = every instanceof EveryObserver ? every.observers.get(kind) : undefined;
      if (observer !== undefined) observers.set(name, observer);
    }
    const state = { model: network, method, samples: samples.length, observers };
    calibrations.set(method, new Calibration(state));
  }
  return calibrations;
}
