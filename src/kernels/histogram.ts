import { readBlocks } from "./_staging.ts";
import { allocate } from "./kernel_buffer.ts";
import {
  histogram as floorKernel,
  histogramNearest as nearestKernel,
  sumTables,
} from "./kernels.wasm";

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

type Kernel = (input: number, count: number, tables: number, stride: number) => void;

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
  const { exponent, first } = options;
  const bins = counts.length;
  const valid = Number.isInteger(exponent) && Math.abs(exponent) <= MAX_EXPONENT &&
    Number.isInteger(first) && bins >= 1 && bins <= MAX_BINS &&
    Math.abs(first) + bins <= MAX_BIN_NUMBER;
  if (!valid) {
    throw new RangeError(
      `Cannot fill the histogram: ${bins} bins of width 2^${exponent} from bin ${first}; expected ` +
        `1 to ${MAX_BINS} bins, exponents to ±${MAX_EXPONENT} and bin numbers to ±${MAX_BIN_NUMBER}`,
    );
  }
  const scale = 2 ** -exponent;
  return count(data, counts, (input, length, tables, stride) => {
    floorKernel(input, length, scale, first, bins, tables, stride);
  });
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
  return count(data, counts, (input, length, tables, stride) => {
    nearestKernel(input, length, width, origin, bins, tables, stride);
  });
}

function count(data: Float32Array, counts: Float64Array, kernel: Kernel): number {
  const slots = counts.length + 2;
  const stride = Math.ceil(slots / 4) * 16;
  using buffer = allocate(4 * stride);
  const table = buffer.uint32().fill(0);
  readBlocks(data, (input, _output, length) => kernel(input, length, buffer.address, stride));
  sumTables(buffer.address, stride);
  for (let bin = 0; bin < counts.length; bin++) counts[bin]! += table[bin + 1]!;
  return table[0]! + table[slots - 1]!;
}
