import type { Bins } from "../bins.ts";
import type { TensorRange } from "../compute_encoding.ts";
import { HistogramObserver } from "../histogram_observer.ts";
import { kindError, type Observer } from "../observer.ts";

/**
 * The bins and the range of an exact histogram.
 *
 * @throws {RangeError} If the observer is of another kind or has seen no values.
 */
export function observedBins(
  observer: Observer,
): { readonly bins: Bins; readonly range: TensorRange } {
  if (!(observer instanceof HistogramObserver)) throw kindError("histogram", observer);
  const range = observer.range();
  if (range !== undefined) return { bins: observer.bins(), range };
  throw new RangeError("Cannot compute an encoding: no values were observed");
}
