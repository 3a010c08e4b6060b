import type { Encoding } from "../../tensor/mod.ts";
import { type AverageBins, AverageHistogramObserver } from "../average_histogram_observer.ts";
import type { Bins } from "../bins.ts";
import type { TensorRange } from "../compute_encoding.ts";
import type { EncodingSchema } from "../encoding_schema.ts";
import { kindError, type Observer } from "../observer.ts";

const { fround } = Math;

/**
 * The bins of AIMET's average histogram; nothing where all values were zero.
 *
 * @throws {RangeError} If the observer is of another kind or has seen no values.
 */
export function averageBins(observer: Observer): AverageBins | undefined {
  if (!(observer instanceof AverageHistogramObserver)) {
    throw kindError("average-histogram", observer);
  }
  if (observer.range() === undefined) {
    throw new RangeError("Cannot compute an encoding: no values were observed");
  }
  return observer.bins();
}

/** The left edges of the first and the last bin that holds something, with zero and a least width. */
export function averageRange(
  { low, width, mass }: Bins,
  { minimumRange = 0.01 }: { readonly minimumRange?: number },
): TensorRange {
  const edge = (bin: number) => fround(low + bin * width);
  const first = mass.findIndex((share) => share > 0);
  // AIMET does not look at bin 0 from above.
  const last = mass.findLastIndex((share, bin) => share > 0 && bin > 0);
  const min = Math.min(edge(first < 0 ? 0 : first), 0);
  const max = Math.max(edge(last < 0 ? mass.length - 1 : last), 0);
  return { min, max: Math.max(max, fround(min + fround(minimumRange))) };
}

/** AIMET's encoding of tensors that were all zeros: -1 to 1, its offset rounded down. */
export function zerosEncoding(
  { bitwidth, schema }: { readonly bitwidth: number; readonly schema: EncodingSchema },
): Encoding {
  const steps = 2 ** bitwidth - (schema === "strict-symmetric" ? 2 : 1);
  const scale = 2 / steps;
  const offset = Math.floor(-1 / scale);
  const min = offset * scale;
  return {
    bitwidth,
    min,
    max: min + steps * scale,
    scale,
    offset,
    symmetric: schema !== "asymmetric",
  };
}
