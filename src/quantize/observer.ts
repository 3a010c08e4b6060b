import type { Bins } from "./bins.ts";
import type { TensorRange } from "./compute_encoding.ts";

/** Where observed values come from, for error messages and for observers that count channels. */
export interface ObservedPlace {
  /** Name of the tensor. */
  readonly tensor: string;
  /** Index of the sample, for an activation. */
  readonly sample?: number;
  /**
   * Flat index of the first element within the tensor.
   *
   * @default {0}
   */
  readonly offset?: number;
}

/** What an observer knows, as JSON. Every observer adds its own members. */
export interface ObserverState {
  /** Which observer wrote it. */
  readonly kind: string;
}

/**
 * Gathers statistics of one tensor chunk by chunk. The law that everything rests on: whatever way
 * the values are split, merged in whatever order, the state is that of observing them in one piece.
 */
export interface Observer {
  /**
   * Takes the next values.
   *
   * @throws {FormatError} If a value is NaN or infinite; the message names the tensor and the element.
   */
  observe(values: Float32Array, place: ObservedPlace): void;

  /**
   * Announces a tensor that comes in several pieces; only observers have it whose grid depends on the
   * first tensor as a whole. Without it, each piece counts as a tensor of its own.
   */
  beginTensor?(range: TensorRange, elements: number): void;

  /**
   * Takes the ends of the values of a tensor in place of the values; only observers that keep nothing
   * else have it. The ends are finite.
   */
  observeRange?(range: TensorRange): void;

  /**
   * Takes over what another observer of the same kind has seen.
   *
   * @throws {RangeError} If it is of another kind.
   */
  merge(other: Observer): void;

  /** The smallest and largest value so far; nothing before the first value. */
  range(): TensorRange | undefined;

  /** How often values were seen in bins; only observers that count have it. */
  bins?(): Bins | undefined;

  /** The state, to be read back by the range method that made the observer. */
  toJSON(): ObserverState;
}

/** The error of a merge with an observer of another kind. */
export function mergeError(kind: string, other: Observer): RangeError {
  return new RangeError(
    `Cannot merge observers: one is "${kind}", the other "${other.toJSON().kind}"`,
  );
}

/** The error of an encoding computed from an observer of another kind. */
export function kindError(kind: string, observer: Observer): RangeError {
  return new RangeError(
    `Cannot compute an encoding: the observer is "${observer.toJSON().kind}", expected "${kind}"`,
  );
}
