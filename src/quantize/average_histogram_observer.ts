import { FormatError } from "../errors.ts";
import { histogramNearest } from "../kernels/mod.ts";
import type { Bins } from "./bins.ts";
import type { TensorRange } from "./compute_encoding.ts";
import { finiteRange } from "./finite_range.ts";
import { mergeError, type ObservedPlace, type Observer, type ObserverState } from "./observer.ts";
import { checkMembers, quote } from "./restore_state.ts";

/** The state of an {@linkcode AverageHistogramObserver}. */
export interface AverageHistogramState extends ObserverState {
  /** Which observer wrote it. */
  readonly kind: "average-histogram";
  /** Smallest value, or `null` before the first. */
  readonly min: number | null;
  /** Largest value, or `null` before the first. */
  readonly max: number | null;
  /** How many tensors were averaged, without those of zeros before the grid. */
  readonly updates: number;
  /** The ends of the first tensor that was not all zeros, which fix the grid; `null` before it. */
  readonly grid: readonly [number, number] | null;
  /** The average share of each bin. */
  readonly shares: readonly number[];
}

/** What an {@linkcode AverageHistogramObserver} counted. */
export interface AverageBins extends Bins {
  /** From one left edge to the next, as AIMET computes edges; the width is this in float32. */
  readonly step: number;
}

/** AIMET's number of bins. */
const BINS = 512;
const { fround } = Math;

/** Left edges as AIMET computes them: `low + bin * step`, one width in float32. */
interface Grid {
  readonly ends: readonly [number, number];
  readonly low: number;
  readonly step: number;
  readonly width: number;
}

/** A tensor that is coming in pieces. */
interface Pending {
  readonly counts: Float64Array;
  readonly elements: number;
  left: number;
}

/**
 * AIMET's histogram of `tf_enhanced` (quic/aimet, `UpdatePdf`), to the bit: 512 bins over three times
 * the range of the first tensor that is not all zeros, in float32; a value counts for the nearest left
 * edge; values outside are dropped; the result is the average of the shares of all tensors, whatever
 * their sizes. A tensor is one sample of an activation, or a whole weight.
 *
 * The state depends on which tensor came first, so states cannot be merged.
 */
export class AverageHistogramObserver implements Observer {
  #min = Infinity;
  #max = -Infinity;
  #updates = 0;
  #grid: Grid | undefined;
  readonly #shares = new Float64Array(BINS);
  #pending: Pending | undefined;

  /** Announces a tensor that comes in several pieces. */
  beginTensor(range: TensorRange, elements: number): void {
    this.#widen(range);
    this.#grid ??= gridOf(range);
    if (this.#grid !== undefined) {
      this.#pending = { counts: new Float64Array(BINS), elements, left: elements };
    }
  }

  /**
   * Takes a tensor, or the next piece of the announced one.
   *
   * @throws {FormatError} If a value is NaN or infinite.
   */
  observe(values: Float32Array, place: ObservedPlace): void {
    if (values.length === 0) return;
    const range = finiteRange(values, place);
    if (this.#pending === undefined) this.beginTensor(range, values.length);
    const grid = this.#grid;
    const pending = this.#pending;
    if (grid === undefined || pending === undefined) return;
    const origin = fround(grid.low / grid.width);
    histogramNearest(values, pending.counts, { width: grid.width, origin });
    pending.left -= values.length;
    if (pending.left <= 0) this.#average(pending);
  }

  /**
   * Only an observer that has seen nothing can be merged.
   *
   * @throws {RangeError} If both have seen values, or the other is of another kind.
   */
  merge(other: Observer): void {
    if (!(other instanceof AverageHistogramObserver)) throw mergeError("average-histogram", other);
    if (other.range() === undefined) return;
    throw new RangeError(
      "Cannot merge observers: histograms of the AIMET form depend on which sample came first; " +
        "observing all samples in one run, or method sqnr, would work",
    );
  }

  /** The smallest and largest value so far; nothing before the first value. */
  range(): TensorRange | undefined {
    return this.#min <= this.#max ? { min: this.#min, max: this.#max } : undefined;
  }

  /** The bins and their average shares; nothing while all values were zero. */
  bins(): AverageBins | undefined {
    if (this.#grid === undefined) return undefined;
    const { low, width, step } = this.#grid;
    return { low, width, step, mass: this.#shares };
  }

  /** The state for {@linkcode AverageHistogramObserver.fromJSON}. */
  toJSON(): AverageHistogramState {
    const range = this.range();
    return {
      kind: "average-histogram",
      min: range?.min ?? null,
      max: range?.max ?? null,
      updates: this.#updates,
      grid: this.#grid?.ends ?? null,
      shares: this.#grid === undefined ? [] : [...this.#shares],
    };
  }

  /**
   * Restores an observer from its state.
   *
   * @throws {FormatError} If the state is not what {@linkcode AverageHistogramObserver.toJSON} writes.
   */
  static fromJSON(state: ObserverState): AverageHistogramObserver {
    const { kind, min, max, updates, grid, shares } = state as Partial<AverageHistogramState>;
    const observer = new AverageHistogramObserver();
    const isEmpty = min === null && max === null;
    const isRange = Number.isFinite(min) && Number.isFinite(max) && Number(min) <= Number(max);
    // The first tensor that is not all zeros fixes the grid, and lies within the range.
    const isGrid = isRange && Array.isArray(grid) && grid.length === 2 &&
      grid.every(Number.isFinite) && Number(min) <= grid[0] && grid[0] <= grid[1] &&
      grid[1] <= Number(max);
    const first = isGrid ? gridOf({ min: grid[0], max: grid[1] }) : undefined;
    const isZeros = grid === null && (isEmpty || min === 0 && max === 0);
    const valid = kind === "average-histogram" && (first !== undefined || isZeros) &&
      Number.isSafeInteger(updates) &&
      (first === undefined ? updates === 0 : Number(updates) > 0) &&
      Array.isArray(shares) && shares.length === (first === undefined ? 0 : BINS) &&
      areShares(shares, Number(updates));
    if (!valid) {
      throw new FormatError(
        `Cannot restore an average histogram: found kind ${quote(kind)}, range ${
          quote([min, max])
        }, grid ${quote(grid)}, ${quote(updates)} updates and ${
          Array.isArray(shares) ? `${shares.length} shares` : "no shares"
        }, expected kind "average-histogram", finite numbers, a grid within the range, and with it ` +
          `updates and ${BINS} shares from 0 to 1`,
      );
    }
    checkMembers(state, {
      what: "an average histogram",
      known: ["kind", "min", "max", "updates", "grid", "shares"],
    });
    if (isEmpty) return observer;
    observer.#widen({ min: Number(min), max: Number(max) });
    observer.#updates = Number(updates);
    observer.#grid = first;
    observer.#shares.set(shares);
    return observer;
  }

  #widen({ min, max }: TensorRange): void {
    this.#min = Math.min(this.#min, min) + 0;
    this.#max = Math.max(this.#max, max) + 0;
  }

  #average({ counts, elements }: Pending): void {
    const updates = this.#updates;
    for (let bin = 0; bin < BINS; bin++) {
      this.#shares[bin] = (this.#shares[bin]! * updates + counts[bin]! / elements) / (updates + 1);
    }
    this.#updates++;
    this.#pending = undefined;
  }
}

/** Whether these can be averages: the first tensor lies within the grid and counts wholly. */
function areShares(shares: readonly unknown[], updates: number): boolean {
  let sum = 0;
  for (const share of shares) {
    if (typeof share !== "number" || !(share >= 0 && share <= 1)) return false;
    sum += share;
  }
  const rounding = 1e-6;
  return shares.length === 0 || (sum >= (1 - rounding) / updates && sum <= 1 + rounding);
}

/** The grid that a first tensor fixes; none if it is all zeros. */
function gridOf({ min, max }: TensorRange): Grid | undefined {
  if (min === 0 && max === 0) return undefined;
  let top = min === max ? fround(min + fround(0.01)) : max;
  // Where AIMET would divide by a width of zero, the range is widened until float32 can tell its bins.
  for (let wider = fround(0.01);; wider *= 2) {
    const centre = fround(fround(top + min) / 2);
    const low = fround(centre - fround(3 * fround(centre - min)));
    const high = fround(centre + fround(3 * fround(top - centre)));
    const step = fround(fround(high - low) / BINS);
    if (!Number.isFinite(step)) {
      throw new RangeError(
        `Cannot observe values from ${min} to ${max}: three times their range is no float32; ` +
          "a method without AIMET's histogram, such as sqnr, would work",
      );
    }
    const width = fround(low + step - low);
    if (width > 0) return { ends: [min, max], low, step, width };
    top = fround(max + wider);
  }
}
