import { FormatError } from "../errors.ts";
import { histogram, histogramInside } from "../kernels/mod.ts";
import type { Bins } from "./bins.ts";
import type { TensorRange } from "./compute_encoding.ts";
import { finiteRange } from "./finite_range.ts";
import { mergeError, type ObservedPlace, type Observer, type ObserverState } from "./observer.ts";
import { checkMembers, quote } from "./restore_state.ts";

/** The state of a {@linkcode HistogramObserver}. */
export interface HistogramState extends ObserverState {
  /** Which observer wrote it. */
  readonly kind: "histogram";
  /** Smallest value, or `null` before the first. */
  readonly min: number | null;
  /** Largest value, or `null` before the first. */
  readonly max: number | null;
  /** Counts of the bins from that of `min` (or of zero, if lower) to that of `max` (or of zero). */
  readonly counts: readonly number[];
}

/** How many bins there are at most; at least half as many are between the ends of the data. */
const BINS = 2048;
/** Bins are not narrower than the smallest normal float32, whose reciprocal is one too. */
const SMALLEST_EXPONENT = -126;

/** Where the bins of a range lie. Bin `i` covers `[i, i + 1) * 2 ** exponent`. */
interface Grid {
  readonly exponent: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Counts values in bins that are a power of two wide and anchored at zero, at most 2048 of them. The
 * width follows from the smallest and the largest value alone: it is the smallest power of two with
 * which they and zero fit. When a value falls outside, neighbouring bins are joined, which moves no
 * count over an edge. So the state depends on the values, not on their order or on how they were split
 * and merged: it is the same bit for bit.
 */
export class HistogramObserver implements Observer {
  #min = Infinity;
  #max = -Infinity;
  #grid: Grid = { exponent: SMALLEST_EXPONENT, first: 0, last: 0 };
  #counts = new Float64Array(1);

  /**
   * Takes the next values.
   *
   * @throws {FormatError} If a value is NaN or infinite.
   */
  observe(values: Float32Array, place: ObservedPlace): void {
    if (values.length === 0) return;
    // Most often the bins are there already: then one pass does.
    const seen = this.#min <= this.#max && histogramInside(values, this.#counts, this.#grid);
    this.#widen(seen || finiteRange(values, place));
    if (!seen) histogram(values, this.#counts, this.#grid);
  }

  /**
   * Takes over what another observer has seen.
   *
   * @throws {RangeError} If it is not a `HistogramObserver`.
   */
  merge(other: Observer): void {
    if (!(other instanceof HistogramObserver)) throw mergeError("histogram", other);
    const range = other.range();
    if (range === undefined) return;
    this.#widen(range);
    addCounts(other.#counts, other.#grid, this.#counts, this.#grid);
  }

  /** The smallest and largest value so far; nothing before the first value. */
  range(): TensorRange | undefined {
    return this.#min <= this.#max ? { min: this.#min, max: this.#max } : undefined;
  }

  /** The bins and their counts; a copy. */
  bins(): Bins {
    const width = 2 ** this.#grid.exponent;
    return { low: this.#grid.first * width, width, mass: this.#counts.slice() };
  }

  /** The state for {@linkcode HistogramObserver.fromJSON}. */
  toJSON(): HistogramState {
    const range = this.range();
    return {
      kind: "histogram",
      min: range?.min ?? null,
      max: range?.max ?? null,
      counts: range === undefined ? [] : [...this.#counts],
    };
  }

  /**
   * Restores an observer from its state.
   *
   * @throws {FormatError} If the state is not what {@linkcode HistogramObserver.toJSON} writes.
   */
  static fromJSON(state: ObserverState): HistogramObserver {
    const observer = new HistogramObserver();
    const { kind, min, max, counts } = state as Partial<HistogramState>;
    const fail = (problem: string): never => {
      throw new FormatError(`Cannot restore a histogram observer: ${problem}`);
    };
    const isEmpty = min === null && max === null;
    const isRange = isFloat32(min) && isFloat32(max) && min <= max;
    if (isRange) observer.#widen({ min, max });
    const valid = kind === "histogram" && (isEmpty || isRange) && Array.isArray(counts) &&
      counts.length === (isEmpty ? 0 : observer.#counts.length) && counts.every(isCount);
    if (!valid) {
      return fail(
        `found kind ${quote(kind)}, range ${quote([min, max])} and ${
          Array.isArray(counts) ? `${counts.length} counts` : "no counts"
        }, expected kind "histogram", finite min <= max and one count a bin`,
      );
    }
    checkMembers(state, {
      what: "a histogram observer",
      known: ["kind", "min", "max", "counts"],
    });
    if (!isRange) return observer;
    observer.#counts.set(counts);
    const { exponent, first } = observer.#grid;
    for (const end of [min, max]) {
      if (counts[Math.floor(end / 2 ** exponent) - first] === 0) {
        return fail(`the bin of ${end} counts 0, expected the ends of the range to be counted`);
      }
    }
    return observer;
  }

  #widen({ min, max }: TensorRange): void {
    // Adding 0 turns -0 into 0, so that the state does not depend on which zero came first.
    this.#min = Math.min(this.#min, min) + 0;
    this.#max = Math.max(this.#max, max) + 0;
    const grid = gridOf(this.#min, this.#max);
    const { exponent, first, last } = this.#grid;
    if (grid.exponent === exponent && grid.first === first && grid.last === last) return;
    const counts = new Float64Array(grid.last - grid.first + 1);
    addCounts(this.#counts, this.#grid, counts, grid);
    this.#grid = grid;
    this.#counts = counts;
  }
}

/** The bins for values between two ends: the narrowest with which these and zero fit. */
function gridOf(min: number, max: number): Grid {
  const low = Math.min(0, min);
  const high = Math.max(0, max);
  let exponent = Math.max(SMALLEST_EXPONENT, Math.floor(Math.log2((high - low) / BINS)) - 1);
  // The logarithm is only near; the rule is the count of bins.
  for (;; exponent++) {
    const first = Math.floor(low / 2 ** exponent);
    const last = Math.floor(high / 2 ** exponent);
    if (last - first < BINS) return { exponent, first, last };
  }
}

/** Adds the counts of bins to bins that are as wide or wider, and hold all of them. */
function addCounts(from: Float64Array, source: Grid, to: Float64Array, target: Grid): void {
  const ratio = 2 ** (target.exponent - source.exponent);
  for (let bin = 0; bin < from.length; bin++) {
    const count = from[bin]!;
    if (count > 0) to[Math.floor((source.first + bin) / ratio) - target.first]! += count;
  }
}

function isFloat32(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && Math.fround(value) === value;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
