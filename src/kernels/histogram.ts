import { CounterTables } from "./_counter_tables.ts";
import { CALL_ADDRESS, MEMORY } from "./_memory.ts";
import { readBlocks } from "./_staging.ts";
import { histogram as floorKernel, histogramNearest as nearestKernel } from "./kernels.wasm";
import type { Range } from "./min_max.ts";

/** Where the bins of {@linkcode histogram} lie. */
export interface HistogramOptions {
  /** A bin is `2 ** exponent` wide. */
  readonly exponent: number;
  /** Number of the first bin; bin 0 begins at zero. */
  readonly first: number;
}

/** Where the bins of {@linkcode histogramNearest} lie. */
export interface NearestHistogramOptions {
  /** The middle of the first bin, divided by the width; a float32. */
  readonly origin: number;
  /** The width of a bin; a positive float32. */
  readonly width: number;
}

/** How many bins the kernel's counters have room for. */
const MAX_BINS = 2 ** 20;
/** Bin numbers beyond are not exact in float32. */
const MAX_BIN_NUMBER = 2 ** 22;
/** Exponents whose power, and its reciprocal, are normal float32. */
const MAX_EXPONENT = 126;

/** The smallest and the largest number that the kernel saw. */
const ends = new Float32Array(MEMORY, CALL_ADDRESS, 2);

/**
 * Counts the numbers in each bin, on top of what `counts` holds. Number `x` belongs to bin
 * `floor(x / 2 ** exponent) - first`, exactly.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param counts One element a bin.
 * @param options Where the bins lie.
 * @returns How many numbers of this data fell into no bin; NaN is among them.
 * @throws {RangeError} If the bins are impossible.
 */
export function histogram(
  data: Float32Array,
  counts: Float64Array,
  options: HistogramOptions,
): number {
  using tables = countFloors(data, counts.length, options);
  tables.addTo(counts);
  return tables.outside;
}

/**
 * As {@linkcode histogram}, if each number falls into a bin; if not, `counts` stay as they are. So a
 * range that is mostly known needs no pass of its own.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param counts One element a bin.
 * @param options Where the bins lie.
 * @returns The range of the data, as {@linkcode minMax} gives it; nothing if a number fell into no bin.
 * @throws {RangeError} If the bins are impossible.
 */
export function histogramInside(
  data: Float32Array,
  counts: Float64Array,
  options: HistogramOptions,
): Range | undefined {
  using tables = countFloors(data, counts.length, options);
  if (tables.outside > 0) return undefined;
  tables.addTo(counts);
  const [min = Infinity, max = -Infinity] = ends;
  // -0 + 0 is 0, as for `minMax`.
  return { min: min + 0, max: max + 0, finite: true };
}

/** Fills tables, and `ends` with the range of the data. */
function countFloors(
  data: Float32Array,
  bins: number,
  { exponent, first }: HistogramOptions,
): CounterTables {
  const valid = Number.isInteger(exponent) && Math.abs(exponent) <= MAX_EXPONENT &&
    Number.isInteger(first) && bins >= 1 && bins <= MAX_BINS &&
    Math.abs(first) + bins <= MAX_BIN_NUMBER;
  if (!valid) {
    throw new RangeError(
      `Cannot fill the histogram: ${bins} bins of width 2^${exponent} from bin ${first}; expected ` +
        `1 to ${MAX_BINS} bins, exponents to ±${MAX_EXPONENT} and bin numbers to ±${MAX_BIN_NUMBER}`,
    );
  }
  const tables = new CounterTables(bins);
  const { address, stride } = tables;
  const scale = 2 ** -exponent;
  ends.set([Infinity, -Infinity]);
  readBlocks(data, (input, _output, length) => {
    floorKernel(input, length, scale, first, bins, address, stride, CALL_ADDRESS);
  });
  tables.sum();
  return tables;
}

/**
 * As {@linkcode histogram}, for bins `round(x / width - origin)`, each operation in float32, ties
 * away from zero.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param counts One element a bin.
 * @param options Where the bins lie.
 * @returns How many numbers of this data fell into no bin; NaN is among them.
 * @throws {RangeError} If the bins are impossible.
 */
export function histogramNearest(
  data: Float32Array,
  counts: Float64Array,
  options: NearestHistogramOptions,
): number {
  const { origin, width } = options;
  const bins = counts.length;
  if (!Number.isFinite(origin) || !(width > 0 && width < Infinity) || bins < 1 || bins > MAX_BINS) {
    throw new RangeError(
      `Cannot fill the histogram: ${bins} bins of width ${width} from ${origin}; ` +
        `expected 1 to ${MAX_BINS} bins and a positive width`,
    );
  }
  using tables = new CounterTables(bins);
  const { address, stride } = tables;
  readBlocks(data, (input, _output, length) => {
    nearestKernel(input, length, width, origin, bins, address, stride);
  });
  tables.sum();
  tables.addTo(counts);
  return tables.outside;
}
