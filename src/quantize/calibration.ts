import { FormatError } from "../errors.ts";
import type { TensorRange } from "./compute_encoding.ts";
import type { Observer, ObserverState } from "./observer.ts";
import { isRangeMethodName, RANGE_METHODS, type RangeMethodName } from "./range_methods.ts";
import { checkMembers, quote } from "./restore_state.ts";

const STATE_MEMBERS = ["format", "version", "model", "method", "samples", "observers"];

/** A {@linkcode Calibration} as JSON. */
export interface CalibrationState {
  /** Tells the file apart from other JSON. */
  readonly format: "dlcstream calibration";
  /** Version of this form. */
  readonly version: 1;
  /** Fingerprint of the network. */
  readonly model: string;
  /** How ranges are chosen. */
  readonly method: string;
  /** How many samples were observed. */
  readonly samples: number;
  /** State of the observer of each value, by value name. */
  readonly observers: Readonly<Record<string, ObserverState>>;
}

/**
 * What the activations of a network were seen to be over some samples. Calibrations of parts of the
 * samples, made anywhere, merge to that of all samples.
 */
export class Calibration {
  /** The `fingerprint` of the network. */
  readonly model: string;
  /** How ranges are chosen. */
  readonly method: RangeMethodName;
  #samples: number;
  readonly #observers: ReadonlyMap<string, Observer>;

  /** Holds observers that were made by `method`, by value name. */
  constructor(state: {
    readonly model: string;
    readonly method: RangeMethodName;
    readonly samples: number;
    readonly observers: ReadonlyMap<string, Observer>;
  }) {
    this.model = state.model;
    this.method = state.method;
    this.#samples = state.samples;
    this.#observers = state.observers;
  }

  /** How many samples were observed. */
  get samples(): number {
    return this.#samples;
  }

  /** The observer of each value. */
  get observers(): ReadonlyMap<string, Observer> {
    return this.#observers;
  }

  /** The observed range of each value. */
  ranges(): ReadonlyMap<string, TensorRange> {
    const ranges = new Map<string, TensorRange>();
    for (const [name, observer] of this.#observers) {
      const range = observer.range();
      if (range !== undefined) ranges.set(name, range);
    }
    return ranges;
  }

  /**
   * Takes over what another calibration of the same network has seen.
   *
   * @throws {RangeError} If network, range method or observed values differ.
   */
  merge(other: Calibration): void {
    if (other.model !== this.model) {
      throw new RangeError("Cannot merge calibrations: they are of different networks");
    }
    if (other.method !== this.method) {
      throw new RangeError(
        `Cannot merge calibrations: one is by "${this.method}", the other by "${other.method}"`,
      );
    }
    const [missing] = new Set(this.#observers.keys()).symmetricDifference(
      new Set(other.#observers.keys()),
    );
    if (missing !== undefined) {
      throw new RangeError(`Cannot merge calibrations: only one observed "${missing}"`);
    }
    for (const [name, observer] of this.#observers) {
      const twin = other.#observers.get(name);
      if (twin !== undefined) observer.merge(twin);
    }
    this.#samples += other.#samples;
  }

  /** The state for {@linkcode Calibration.fromJSON}. */
  toJSON(): CalibrationState {
    return {
      format: "dlcstream calibration",
      version: 1,
      model: this.model,
      method: this.method,
      samples: this.#samples,
      observers: Object.fromEntries(
        Array.from(this.#observers, ([name, observer]) => [name, observer.toJSON()]),
      ),
    };
  }

  /**
   * Restores a calibration.
   *
   * @param state Parsed JSON.
   * @throws {FormatError} If it is not what {@linkcode Calibration.toJSON} writes.
   */
  static fromJSON(state: unknown): Calibration {
    const record = asRecord(state, "the state");
    const { format, version, model, method, samples, observers } = record;
    if (format !== "dlcstream calibration" || version !== 1) {
      throw new FormatError(
        `Cannot restore a calibration: found format ${quote(format)} version ${
          quote(version)
        }, expected "dlcstream calibration" version 1`,
      );
    }
    if (typeof model !== "string" || typeof method !== "string" || !isRangeMethodName(method)) {
      throw new FormatError(
        `Cannot restore a calibration: model ${quote(model)} by method ${
          quote(method)
        }, expected a fingerprint and one of ${Object.keys(RANGE_METHODS).join(", ")}`,
      );
    }
    if (!Number.isSafeInteger(samples) || Number(samples) < 1) {
      throw new FormatError(
        `Cannot restore a calibration: samples is ${quote(samples)}, expected a count from 1`,
      );
    }
    checkMembers(record, { what: "a calibration", known: STATE_MEMBERS });
    const restored = new Map<string, Observer>();
    for (const [name, entry] of Object.entries(asRecord(observers, "observers"))) {
      const { kind, ...rest } = asRecord(entry, `the observer of "${name}"`);
      restored.set(
        name,
        RANGE_METHODS[method].restoreObserver({ kind: String(kind), ...rest }),
      );
    }
    return new Calibration({ model, method, samples: Number(samples), observers: restored });
  }
}

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FormatError(`Cannot restore a calibration: ${what} is not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
