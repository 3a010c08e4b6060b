import { FormatError } from "../errors.ts";
import type { Bins } from "./bins.ts";
import { roundHalfAway, type TensorRange } from "./compute_encoding.ts";
import { finiteRange } from "./finite_range.ts";
import { mergeError, type ObservedPlace, type Observer, type ObserverState } from "./observer.ts";
import { checkMembers, quote } from "./restore_state.ts";

/** The state of a {@linkcode RescaledHistogramObserver}. */
export interface RescaledHistogramState extends ObserverState {
  /** Which observer wrote it. */
  readonly kind: "rescaled-histogram";
  /** Smallest value, or `null` before the first. */
  readonly min: number | null;
  /** Largest value, or `null` before the first. */
  readonly max: number | null;
  /** The ends of the bins; `null` while all values were zero. */
  readonly ends: readonly [number, number] | null;
  /** Counts of the bins. */
  readonly counts: readonly number[];
}

/** AIMET's number of bins. */
const BINS = 512;
const { fround } = Math;

/**
 * AIMET's histogram of its entropy calibration (quic/aimet, `updateTensorHistogram`), to the bit: 512
 * counts between the ends of the data; when these move, each count is split between two new bins and
 * rounded. The state depends on the order of the tensors, so states cannot be merged. A tensor is one
 * sample of an activation, or a whole weight.
 */
export class RescaledHistogramObserver implements Observer {
  #min = Infinity;
  #max = -Infinity;
  #ends: readonly [number, number] | undefined;
  #counts = new Float64Array(BINS);
  /** Elements of the announced tensor that are still to come. */
  #announced = 0;

  /** Announces a tensor that comes in several pieces. */
  beginTensor({ min, max }: TensorRange, elements: number): void {
    this.#min = Math.min(this.#min, min) + 0;
    this.#max = Math.max(this.#max, max) + 0;
    this.#announced = elements;
    if (min === 0 && max === 0) return;
    const top = min === max ? Math.max(max, min + fround(0.01)) : max;
    this.#ends ??= [min, top];
    const [low, high] = this.#ends;
    if (min >= low && top <= high) return;
    const ends = [Math.min(min, low), Math.max(top, high)] as const;
    this.#counts = rescale(this.#counts, this.#ends, ends);
    this.#ends = ends;
  }

  /**
   * Takes a tensor, or the next piece of the announced one.
   *
   * @throws {FormatError} If a value is NaN or infinite.
   */
  observe(values: Float32Array, place: ObservedPlace): void {
    if (values.length === 0) return;
    const range = finiteRange(values, place);
    const isPiece = this.#announced > 0;
    if (!isPiece) this.beginTensor(range, values.length);
    this.#announced = Math.max(0, this.#announced - values.length);
    // AIMET leaves tensors of zeros out, wherever they come.
    if (this.#ends === undefined || (!isPiece && range.min === 0 && range.max === 0)) return;
    const [low, high] = this.#ends;
    const width = fround((high - low) / BINS);
    for (const value of values) this.#counts[binOf(value, fround(low), width)]! += 1;
  }

  /**
   * Only an observer that has seen nothing can be merged.
   *
   * @throws {RangeError} If both have seen values, or the other is of another kind.
   */
  merge(other: Observer): void {
    if (!(other instanceof RescaledHistogramObserver)) {
      throw mergeError("rescaled-histogram", other);
    }
    if (other.range() === undefined) return;
    throw new RangeError(
      "Cannot merge observers: histograms of the AIMET form depend on the order of the samples; " +
        "observing all samples in one run, or method entropy, would work",
    );
  }

  /** The smallest and largest value so far; nothing before the first value. */
  range(): TensorRange | undefined {
    return this.#min <= this.#max ? { min: this.#min, max: this.#max } : undefined;
  }

  /** The bins and their counts; nothing while all values were zero. */
  bins(): Bins | undefined {
    if (this.#ends === undefined) return undefined;
    const [low, high] = this.#ends;
    return { low, width: (high - low) / BINS, mass: this.#counts };
  }

  /** The state for {@linkcode RescaledHistogramObserver.fromJSON}. */
  toJSON(): RescaledHistogramState {
    const range = this.range();
    return {
      kind: "rescaled-histogram",
      min: range?.min ?? null,
      max: range?.max ?? null,
      ends: this.#ends ?? null,
      counts: this.#ends === undefined ? [] : [...this.#counts],
    };
  }

  /**
   * Restores an observer from its state.
   *
   * @throws {FormatError} If the state is not what {@linkcode RescaledHistogramObserver.toJSON} writes.
   */
  static fromJSON(state: ObserverState): RescaledHistogramObserver {
    const { kind, min, max, ends, counts } = state as Partial<RescaledHistogramState>;
    const observer = new RescaledHistogramObserver();
    const isEmpty = min === null && max === null;
    const isZeros = ends === null && (isEmpty || min === 0 && max === 0);
    const hasEnds = Array.isArray(ends) && ends.length === 2 && ends.every(Number.isFinite) &&
      Number(ends[0]) < Number(ends[1]);
    const isRange = Number.isFinite(min) && Number.isFinite(max) && Number(min) <= Number(max);
    const valid = kind === "rescaled-histogram" && (isZeros || isRange && hasEnds) &&
      Array.isArray(counts) && counts.length === (hasEnds ? BINS : 0) &&
      counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
      (!hasEnds || counts.some((count) => count > 0));
    if (!valid) {
      throw new FormatError(
        `Cannot restore a rescaled histogram: found kind ${quote(kind)}, range ${
          quote([min, max])
        }, ends ${quote(ends)} and ${
          Array.isArray(counts) ? `${counts.length} counts` : "no counts"
        }, expected kind "rescaled-histogram", finite numbers and ${BINS} counts, not all 0`,
      );
    }
    checkMembers(state, {
      what: "a rescaled histogram",
      known: ["kind", "min", "max", "ends", "counts"],
    });
    if (isEmpty) return observer;
    observer.#min = Number(min);
    observer.#max = Number(max);
    if (hasEnds) {
      observer.#ends = [Number(ends[0]), Number(ends[1])];
      observer.#counts.set(counts);
    }
    return observer;
  }
}

/** The bin of a value, in float32. */
function binOf(value: number, low: number, width: number): number {
  if (width === 0) return 0;
  return Math.min(Math.floor(fround(fround(value - low) / width)), BINS - 1);
}

/** Splits each count between the bin its old bin begins in and one further on. */
function rescale(
  counts: Float64Array,
  [oldLow, oldHigh]: readonly [number, number],
  [low, high]: readonly [number, number],
): Float64Array<ArrayBuffer> {
  const scaled = new Float64Array(BINS);
  const width = (high - low) / BINS;
  const oldWidth = (oldHigh - oldLow) / BINS;
  for (let bin = 0; bin < BINS; bin++) {
    const count = counts[bin]!;
    if (count === 0) continue;
    const begin = oldLow + oldWidth * bin;
    const end = low + width * (Math.floor((begin - low) / width) + 1);
    const kept = Math.min(roundHalfAway((end - begin) / oldWidth * count), count);
    scaled[binOf(fround(begin), fround(low), fround(width))]! += kept;
    if (kept < count) {
      scaled[binOf(fround(begin + width), fround(low), fround(width))]! += count - kept;
    }
  }
  return scaled;
}
