import type { Encoding } from "../tensor/mod.ts";
import type { EncodingOptions } from "./compute_encoding.ts";
import type { EncodingSchema } from "./encoding_schema.ts";
import type { Observer, ObserverState } from "./observer.ts";

/** How an observer becomes an encoding. */
export interface RangeMethodOptions extends EncodingOptions {
  /**
   * Where the grid lies around zero.
   *
   * @default {the schema of the method}
   */
  readonly schema?: EncodingSchema;
  /**
   * How many percent of the values stay inside the range at each end, for the percentile methods;
   * 90 to 100.
   *
   * @default {99.99}
   */
  readonly percentile?: number;
}

/** What is observed of a tensor. */
export interface Observation {
  /** The kind of the observer, as in its state. */
  readonly observer: string;
  /** A new observer of one tensor. */
  readonly createObserver: () => Observer;
  /**
   * Reads back the state of such an observer.
   *
   * @throws {FormatError} If the state is not one of this kind.
   */
  readonly restoreObserver: (state: ObserverState) => Observer;
}

/** A way to choose the range of a tensor: what is observed, and how that becomes an encoding. */
export interface RangeMethod extends Observation {
  /** One line for help texts. */
  readonly description: string;
  /** Whether it can be used for weights. */
  readonly weights: boolean;
  /** Whether it can be used for activations. */
  readonly activations: boolean;
  /** The name of this choice of a range as qairt-quantizer's calibrations have it, if they do. */
  readonly calibration?: string;
  /** Where the grid lies unless another schema is asked for. */
  readonly schema: EncodingSchema;
  /** The only schemas it can be combined with; absent if all are possible. */
  readonly schemas?: readonly EncodingSchema[];
  /** The only bit widths it is defined for; absent if all are. */
  readonly bitwidths?: readonly number[];
  /**
   * Computes the encoding from an observer of this method that has seen at least one value.
   *
   * @throws {RangeError} If the observer is of another kind, or an option is out of range.
   */
  readonly encode: (observer: Observer, options: RangeMethodOptions) => Encoding;
}
