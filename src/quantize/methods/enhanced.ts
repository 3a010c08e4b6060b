import type { Encoding } from "../../tensor/mod.ts";
import type { Bins } from "../bins.ts";
import { roundHalfAway, type TensorRange } from "../compute_encoding.ts";
import type { EncodingSchema } from "../encoding_schema.ts";
import { averageBins, averageRange, zerosEncoding } from "./average_bins.ts";
import { AVERAGE_HISTOGRAM } from "../observations.ts";
import type { RangeMethod, RangeMethodOptions } from "../range_method.ts";

/** How much worse a clipped value is than one that is rounded. */
const GAMMA = 3;
const { fround } = Math;

/** A grid to be tried; both numbers as AIMET's float32 and int have them. */
interface Candidate {
  readonly scale: number;
  readonly offset: number;
}

/**
 * AIMET's `tf_enhanced` (quic/aimet, `TfEnhancedEncodingAnalyzer`), which its maintainers call
 * equivalent to SNPE's enhanced quantizer: of some hundred grids the one that costs least over the
 * average histogram, where clipping costs three times as much as rounding. All arithmetic is in
 * float32 where AIMET's is, so that results agree to the last digit.
 */
export const enhanced: RangeMethod = {
  description: "the grid with the least error over an average histogram, as AIMET's tf_enhanced; " +
    "may leave long tails out",
  weights: true,
  activations: true,
  schema: "asymmetric",
  ...AVERAGE_HISTOGRAM,
  encode: (observer, options) => computeEnhancedEncoding(averageBins(observer), options),
};

function computeEnhancedEncoding(bins: Bins | undefined, options: RangeMethodOptions): Encoding {
  const { bitwidth = 8, schema = "asymmetric" } = options;
  if (bins === undefined) return zerosEncoding({ bitwidth, schema });
  const steps = 2 ** bitwidth - (schema === "strict-symmetric" ? 2 : 1);
  const range = averageRange(bins, options);
  const candidates = schema === "asymmetric"
    ? asymmetricCandidates(range, steps)
    : symmetricCandidates(range, steps, schema);
  const filled = filledBins(bins);
  let best: Candidate = { scale: -1, offset: -1 };
  let bestCost = Infinity;
  // Of equals the first is taken. From the last on, because the best lie there and most others then
  // turn out too costly after a few bins.
  for (const candidate of [...candidates].reverse()) {
    const cost = costOf(filled, candidate, { steps: 2 ** bitwidth - 1, limit: bestCost });
    if (cost <= bestCost && cost < Infinity) [best, bestCost] = [candidate, cost];
  }
  const { scale, offset } = best;
  const min = fround(scale * offset) + 0;
  return {
    bitwidth,
    min,
    max: fround(scale * (offset + steps)),
    scale,
    offset,
    symmetric: schema !== "asymmetric",
  };
}

/** 17 steps times 21 offsets within the observed grid, and the observed grid itself. */
function* asymmetricCandidates({ min, max }: TensorRange, steps: number): Generator<Candidate> {
  const largest = fround((max - min) / steps);
  const observed = { scale: largest, offset: roundHalfAway(min / largest) };
  const low = fround(observed.scale * observed.offset);
  const high = fround(low + observed.scale * steps);
  for (let sixteenths = 1; sixteenths <= 17; sixteenths++) {
    const tested = fround(sixteenths / 16 * observed.scale);
    for (let twentieths = 0; twentieths <= 20; twentieths++) {
      const offset = Math.trunc(-steps + steps / 20 * twentieths);
      const start = fround(tested * offset);
      const end = fround(start + tested * steps);
      if (start < low && end > high) continue;
      const [from, to] = [Math.max(low, start), Math.min(high, end)];
      if (from === to) continue;
      const scale = fround((to - from) / steps);
      yield { scale, offset: roundHalfAway(from / scale) };
    }
  }
  yield observed;
}

/** Hundredths of the step that covers everything, 101 of them when summed up in float32. */
function* symmetricCandidates(
  { min, max }: TensorRange,
  steps: number,
  schema: EncodingSchema,
): Generator<Candidate> {
  const isUnsigned = schema === "unsigned-symmetric" && min === 0;
  const largest = isUnsigned
    ? fround(max / steps)
    : fround(2 * Math.max(Math.abs(max), Math.abs(min)) / steps);
  const offset = isUnsigned ? 0 : Math.floor(-steps / 2);
  for (let f = fround(0.01); f <= 1 + 0.01; f = fround(f + 0.01)) {
    yield { scale: fround(f * largest), offset };
  }
}

/** The bins that hold something. */
interface FilledBins extends Pick<Bins, "low" | "width"> {
  /** How many bins there are with the empty ones. */
  readonly length: number;
  readonly numbers: readonly number[];
  readonly middles: Float64Array;
  readonly shares: Float64Array;
}

function filledBins({ low, width, mass }: Bins): FilledBins {
  const numbers: number[] = [];
  for (let bin = 0; bin < mass.length; bin++) {
    if (mass[bin] !== 0) numbers.push(bin);
  }
  const middles = new Float64Array(numbers.length);
  const shares = new Float64Array(numbers.length);
  for (const [index, bin] of numbers.entries()) {
    middles[index] = fround(low + bin * width + width / 2);
    shares[index] = mass[bin]!;
  }
  return { low, width, length: mass.length, numbers, middles, shares };
}

/**
 * What a grid costs: squared errors of rounding, and three times those of clipping. Where it is more
 * than the limit, it may be any number above.
 */
function costOf(
  { low, width, length, numbers, middles, shares }: FilledBins,
  { scale, offset }: Candidate,
  { steps, limit }: { readonly steps: number; readonly limit: number },
): number {
  const middleOf = (bin: number) => fround(low + bin * width + width / 2);
  const binOf = (value: number) =>
    Math.min(Math.max(0, Math.floor((value - low) / width)), length - 1);
  const min = fround(scale * offset);
  const first = binOf(min);
  const end = binOf(fround(scale * steps + min));
  const [bottom, top] = [middleOf(first), middleOf(end)];
  let below = 0;
  let index = 0;
  for (; index < numbers.length && numbers[index]! < Math.min(first, end); index++) {
    const error = fround(middles[index]! - bottom);
    below = fround(below + shares[index]! * (error * error));
  }
  const start = index;
  while (index < numbers.length && numbers[index]! < end) index++;
  const stop = index;
  let above = 0;
  for (; index < numbers.length; index++) {
    const error = fround(middles[index]! - top);
    above = fround(above + shares[index]! * (error * error));
  }
  const clipping = GAMMA * (below + above);
  let rounding = 0;
  // Sums of what is not negative only grow.
  for (index = start; index < stop && fround(clipping + rounding) <= limit; index++) {
    const middle = middles[index]!;
    const code = roundHalfAway(middle / scale - offset);
    const error = fround(middle - fround(scale * (code + offset)));
    rounding = fround(rounding + shares[index]! * (error * error));
  }
  return fround(clipping + rounding);
}
