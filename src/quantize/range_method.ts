import type { Encoding } from "../tensor/mod.ts";
import type { EncodingOptions } from "./compute_encoding.ts";
import type { Observer, ObserverState } from "./observer.ts";

/** A way to choose the range of a tensor: what is observed, and how that becomes an encoding. */
export interface RangeMethod {
  /** One line for help texts. */
  readonly description: string;
  /** Whether it can be used for weights. */
  readonly weights: boolean;
  /** Whether it can be used for activations. */
  readonly activations: boolean;
  /** A new observer of one tensor. */
  readonly createObserver: () => Observer;
  /**
   * Reads back the state of an observer of this method.
   *
   * @throws {FormatError} If the state is not one of this method.
   */
  readonly restoreObserver: (state: ObserverState) => Observer;
  /** Computes the encoding from an observer of this method that has seen at least one value. */
  readonly encode: (observer: Observer, options: EncodingOptions) => Encoding;
}
