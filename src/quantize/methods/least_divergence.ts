import type { Bins } from "../bins.ts";
import type { TensorRange } from "../compute_encoding.ts";

/** Options for {@linkcode leastDivergence}. */
export interface LeastDivergenceOptions {
  /** How many values the quantized distribution can tell apart. */
  readonly levels: number;
  /** Shrinks the window at both ends alike. */
  readonly symmetric: boolean;
  /** Adds numbers up; AIMET does it in float32. */
  readonly sum?: (values: Float64Array) => number;
}

/** What an empty bin counts as; the filled ones give it up together. */
const SMOOTHING = 1e-4;

/**
 * Searches the window of a histogram that loses least information when it is quantized (as
 * quic/aimet's `EntropyEncodingAnalyzer`). The window shrinks from the whole histogram to `levels`
 * bins, by one bin at each end, or two at the end that loses least, and keeps zero. For each window, P
 * is the histogram with all that lies outside in the bins at its ends, Q the window alone with the
 * bins of one level averaged; both are smoothed, and the first window with the least divergence
 * `Σ P ln(P / Q)` wins.
 *
 * @returns The ends of the window; nothing if there are fewer bins than levels.
 */
export function leastDivergence(
  { low, width, mass }: Bins,
  { levels, symmetric, sum = addUp }: LeastDivergenceOptions,
): TensorRange | undefined {
  let best: TensorRange | undefined;
  let least = Infinity;
  for (let [first, last] = [0, mass.length - 1]; last - first + 1 >= levels;) {
    const p = clip(mass, first, last);
    const q = quantize(mass.subarray(first, last + 1), levels);
    if (sum(p) === 0 || sum(q) === 0) break;
    smooth(p);
    smooth(q);
    const value = divergence(p, q, sum);
    if (value < least) {
      least = value;
      best = { min: low + first * width, max: low + (last + 1) * width };
    }
    const [left, right] = symmetric ? [1, 1] : shrink({ low, width, mass }, first, last);
    first += left;
    last -= right;
  }
  return best;
}

/** How many bins to take away on the left and on the right: those that hold least, zero staying in. */
function shrink(
  { low, width, mass }: Bins,
  first: number,
  last: number,
): readonly [number, number] {
  const ways = [[1, 1], [2, 0], [0, 2]] as const;
  const losses = [
    mass[first]! + mass[last]!,
    mass[first]! + mass[first + 1]!,
    mass[last]! + mass[last - 1]!,
  ];
  const [left, right] = ways[losses.indexOf(Math.min(...losses))] ?? ways[0];
  if (left > 0 && low + (first + left) * width > 0) return ways[2];
  // AIMET looks at the lower edge of the last bin here.
  if (right > 0 && low + (last + 1 - right) * width < 0) return ways[1];
  return [left, right];
}

/** The window, with all that lies outside in its outermost bins. */
function clip(mass: Float64Array, first: number, last: number): Float64Array {
  const window = mass.slice(first, last + 1);
  window[0] = addUp(mass.subarray(0, first + 1));
  const right = addUp(mass.subarray(last));
  window[window.length - 1] = right + (window.length === 1 ? window[0] : 0);
  return window;
}

/** Each level's bins that hold something get their average. */
function quantize(window: Float64Array, levels: number): Float64Array {
  const quantized = new Float64Array(window.length);
  const width = window.length / levels;
  for (let level = 0; level < levels; level++) {
    const start = Math.ceil(level * width);
    const end = level < levels - 1 ? Math.ceil((level + 1) * width) : window.length;
    let total = 0;
    let filled = 0;
    for (let bin = start; bin < end; bin++) {
      total += window[bin]!;
      if (window[bin] !== 0) filled++;
    }
    for (let bin = start; bin < end; bin++) {
      if (window[bin] !== 0) quantized[bin] = total / filled;
    }
  }
  return quantized;
}

function smooth(values: Float64Array): void {
  let empty = 0;
  for (const value of values) if (value === 0) empty++;
  const given = SMOOTHING * empty / (values.length - empty);
  if (empty === values.length || given >= 1) return;
  for (let bin = 0; bin < values.length; bin++) {
    if (values[bin] === 0) values[bin] = SMOOTHING;
    else values[bin]! -= given;
  }
}

function divergence(
  p: Float64Array,
  q: Float64Array,
  sum: (values: Float64Array) => number,
): number {
  const [sumP, sumQ] = [sum(p), sum(q)];
  let total = 0;
  for (let bin = 0; bin < p.length; bin++) {
    const [a, b] = [p[bin]! / sumP, q[bin]! / sumQ];
    if (a > 0 && b > 0) total += a * Math.log(a / b);
  }
  return total;
}

function addUp(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
