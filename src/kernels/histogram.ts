import { readBlocks } from "./_staging.ts";
import { allocate } from "./kernel_buffer.ts";
import { histogram as histogramKernel } from "./kernels.wasm";

/** Where the bins of a histogram lie. */
export interface HistogramOptions {
  /** The lower edge of bin 0. */
  readonly low: number;
  /** The width of a bin; positive. */
  readonly width: number;
}

/** How many numbers fell into no bin. */
export interface OutsideBins {
  /** Below the first bin. */
  readonly below: number;
  /** At or above the upper edge of the last bin. */
  readonly above: number;
  /** Not a number. */
  readonly nan: number;
}

/** As many as fit in the 32-bit integers that the kernel counts with, four tables of them. */
const MAX_BINS = 2 ** 24;

/**
 * Counts the numbers in each bin, on top of what `counts` holds. Number `x` belongs to bin
 * `floor((x - low) / width)`, computed in double precision.
 *
 * @param data The numbers; read in place if they lie in kernel memory.
 * @param counts One element a bin.
 * @param options Where the bins lie.
 * @returns How many numbers of this data fell into no bin.
 * @throws {RangeError} If the bins are impossible.
 */
export function histogram(
  data: Float32Array,
  counts: Float64Array,
  options: HistogramOptions,
): OutsideBins {
  const { low, width } = options;
  const bins = counts.length;
  if (!Number.isFinite(low) || !(width > 0 && width < Infinity) || bins < 1 || bins > MAX_BINS) {
    throw new RangeError(
      `Cannot fill the histogram: ${bins} bins of width ${width} from ${low}; ` +
        `expected 1 to ${MAX_BINS} bins and a positive width`,
    );
  }
  const slots = bins + 2;
  using buffer = allocate(4 * slots * 4);
  const tables = buffer.uint32().fill(0);
  let nan = 0;
  readBlocks(data, (input, _output, count) => {
    nan += histogramKernel(input, count, low, width, bins, buffer.address);
  });
  const totals = new Float64Array(slots);
  for (let slot = 0; slot < slots; slot++) {
    for (let table = 0; table < 4; table++) {
      totals[slot] = (totals[slot] ?? 0) + (tables[table * slots + slot] ?? 0);
    }
  }
  for (let bin = 0; bin < bins; bin++) {
    counts[bin] = (counts[bin] ?? 0) + (totals[bin + 1] ?? 0);
  }
  return { below: (totals[0] ?? 0) - nan, above: totals[bins + 1] ?? 0, nan };
}
