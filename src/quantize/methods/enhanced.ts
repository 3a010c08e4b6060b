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
  let best: Candidate = { scale: -1, offset: -1 };
  let bestCost = Infinity;
  for (const candidate of candidates) {
    const cost = costOf(bins, candidate, 2 ** bitwidth - 1);
    if (cost < bestCost) [best, bestCost] = [candidate, cost];
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

/** What a grid costs: squared errors of rounding, and three times those of clipping. */
function costOf(bins: Bins, { scale, offset }: Candidate, steps: number): number {
  const { low, width, mass } = bins;
  const last = mass.length - 1;
  const middleOf = (bin: number) => fround(low + bin * width + width / 2);
  const binOf = (value: number) => Math.min(Math.max(0, Math.floor((value - low) / width)), last);
  const min = fround(scale * offset);
  const first = binOf(min);
  const end = binOf(fround(scale * steps + min));
  const [bottom, top] = [middleOf(first), middleOf(end)];
  let below = 0;
  let above = 0;
  let rounding = 0;
  for (let bin = 0; bin <= last; bin++) {
    const share = mass[bin]!;
    if (share === 0) continue;
    const middle = middleOf(bin);
    if (bin >= end) {
      const error = fround(middle - top);
      above = fround(above + share * (error * error));
    } else if (bin >= first) {
      const code = roundHalfAway(middle / scale - offset);
      const error = fround(middle - fround(scale * (code + offset)));
      rounding = fround(rounding + share * (error * error));
    } else {
      const error = fround(middle - bottom);
      below = fround(below + share * (error * error));
    }
  }
  return fround(GAMMA * (below + above) + rounding);
}
