import { FormatError } from "../errors.ts";
import type { TensorRange } from "./compute_encoding.ts";
import { finiteRange } from "./finite_range.ts";
import { mergeError, type ObservedPlace, type Observer, type ObserverState } from "./observer.ts";
import { checkMembers, quote } from "./restore_state.ts";

/** The state of a {@linkcode MinMaxObserver}. */
export interface MinMaxState extends ObserverState {
  /** Which observer wrote it. */
  readonly kind: "min-max";
  /** Smallest value, or `null` before the first. */
  readonly min: number | null;
  /** Largest value, or `null` before the first. */
  readonly max: number | null;
}

/** Keeps the smallest and the largest value. */
export class MinMaxObserver implements Observer {
  #min = Infinity;
  #max = -Infinity;

  /**
   * Takes the next values.
   *
   * @throws {FormatError} If a value is NaN or infinite.
   */
  observe(values: Float32Array, place: ObservedPlace): void {
    if (values.length === 0) return;
    const { min, max } = finiteRange(values, place);
    this.#add(min, max);
  }

  /** Takes the ends of the values of a tensor in place of the values. */
  observeRange({ min, max }: TensorRange): void {
    this.#add(min, max);
  }

  /**
   * Takes over what another observer has seen.
   *
   * @throws {RangeError} If it is not a `MinMaxObserver`.
   */
  merge(other: Observer): void {
    if (!(other instanceof MinMaxObserver)) throw mergeError("min-max", other);
    this.#add(other.#min, other.#max);
  }

  /** The smallest and largest value so far; nothing before the first value. */
  range(): TensorRange | undefined {
    return this.#min <= this.#max ? { min: this.#min, max: this.#max } : undefined;
  }

  /** The state for {@linkcode MinMaxObserver.fromJSON}. */
  toJSON(): MinMaxState {
    const range = this.range();
    return { kind: "min-max", min: range?.min ?? null, max: range?.max ?? null };
  }

  /**
   * Restores an observer from its state.
   *
   * @throws {FormatError} If the state is not what {@linkcode MinMaxObserver.toJSON} writes.
   */
  static fromJSON(state: ObserverState): MinMaxObserver {
    const observer = new MinMaxObserver();
    const { kind, min, max } = state as Partial<MinMaxState>;
    const isEmpty = min === null && max === null;
    const valid = kind === "min-max" &&
      (isEmpty || Number.isFinite(min) && Number.isFinite(max) && Number(min) <= Number(max));
    if (!valid) {
      throw new FormatError(
        `Cannot restore a min-max observer: found kind ${quote(kind)} and range ${
          quote([min, max])
        }, expected kind "min-max" and finite min <= max`,
      );
    }
    checkMembers(state, { what: "a min-max observer", known: ["kind", "min", "max"] });
    if (isEmpty) return observer;
    observer.#add(Number(min), Number(max));
    return observer;
  }

  #add(min: number, max: number): void {
    // Adding 0 turns -0 into 0, so that the state does not depend on which zero came first.
    this.#min = Math.min(this.#min, min) + 0;
    this.#max = Math.max(this.#max, max) + 0;
  }
}
