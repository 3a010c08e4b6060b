import type { Encoding } from "../../tensor/mod.ts";
import type { Bins } from "../bins.ts";
import { computeEncoding, roundHalfAway } from "../compute_encoding.ts";
import type { Observer } from "../observer.ts";
import type { RangeMethodOptions } from "../range_method.ts";
import { observedBins } from "./observed_bins.ts";

/** The middles of the bins that hold something, and how much. */
interface Middles {
  readonly values: Float64Array;
  readonly mass: Float64Array;
}

/**
 * The encoding with the least squared error over an exact histogram, among those that `enhanced`
 * tries: 17 steps times 21 offsets within the observed grid, or 101 steps of a symmetric one, and the
 * observed grid itself. Every value counts as the middle of its bin. As in AIMET's torch analyzers,
 * errors of clipped values weigh `clipping` times. No grid is tried that is narrower than the minimum
 * range.
 *
 * @throws {RangeError} If the observer is of another kind or has seen no values.
 */
export function leastErrorEncoding(
  observer: Observer,
  { clipping, ...options }: RangeMethodOptions & { readonly clipping: number },
): Encoding {
  const { schema = "asymmetric", minimumRange = 0.01 } = options;
  const { bins, range } = observedBins(observer);
  const observed = computeEncoding(range, options);
  const middles = middlesOf(bins);
  let best = observed;
  let bestCost = costOf(middles, observed, clipping);
  const candidates = schema === "asymmetric"
    ? asymmetricCandidates(observed)
    : symmetricCandidates(observed);
  for (const candidate of candidates) {
    if (candidate.max - candidate.min < minimumRange) continue;
    const cost = costOf(middles, candidate, clipping);
    if (cost < bestCost) [best, bestCost] = [candidate, cost];
  }
  return best;
}

function* asymmetricCandidates(observed: Encoding): Generator<Encoding> {
  const steps = 2 ** observed.bitwidth - 1;
  for (let sixteenths = 1; sixteenths <= 17; sixteenths++) {
    const tested = observed.scale * sixteenths / 16;
    for (let twentieths = 0; twentieths <= 20; twentieths++) {
      const offset = Math.trunc(-steps + steps / 20 * twentieths);
      const [start, end] = [tested * offset, tested * (offset + steps)];
      if (start < observed.min && end > observed.max) continue;
      const [from, to] = [Math.max(observed.min, start), Math.min(observed.max, end)];
      if (from === to) continue;
      const scale = (to - from) / steps;
      yield gridOf(observed, { scale, offset: roundHalfAway(from / scale), steps });
    }
  }
}

function* symmetricCandidates(observed: Encoding): Generator<Encoding> {
  const { min, max, scale, offset } = observed;
  const steps = Math.round((max - min) / scale);
  for (let hundredths = 1; hundredths <= 101; hundredths++) {
    yield gridOf(observed, { scale: scale * hundredths / 100, offset, steps });
  }
}

function gridOf(
  observed: Encoding,
  { scale, offset, steps }: {
    readonly scale: number;
    readonly offset: number;
    readonly steps: number;
  },
): Encoding {
  // Adding 0 turns -0 into 0.
  return {
    ...observed,
    min: scale * offset + 0,
    max: scale * (offset + steps),
    scale,
    offset: offset + 0,
  };
}

function middlesOf({ low, width, mass }: Bins): Middles {
  const filled = mass.keys().filter((bin) => mass[bin]! > 0).toArray();
  return {
    values: Float64Array.from(filled, (bin) => low + (bin + 0.5) * width),
    mass: Float64Array.from(filled, (bin) => mass[bin]!),
  };
}

function costOf({ values, mass }: Middles, encoding: Encoding, clipping: number): number {
  const { min, max, scale, offset } = encoding;
  const top = Math.round((max - min) / scale);
  let cost = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    const code = Math.floor(value / scale - offset + 0.5);
    const kept = code < 0 ? 0 : code > top ? top : code;
    const error = value - scale * (kept + offset);
    cost += (code === kept ? 1 : clipping) * mass[index]! * error * error;
  }
  return cost;
}
