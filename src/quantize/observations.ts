import { AverageHistogramObserver } from "./average_histogram_observer.ts";
import { HistogramObserver } from "./histogram_observer.ts";
import { MinMaxObserver } from "./min_max_observer.ts";
import type { Observation } from "./range_method.ts";
import { RescaledHistogramObserver } from "./rescaled_histogram_observer.ts";

/** Ranges. */
export const MIN_MAX: Observation = {
  observer: "min-max",
  createObserver: () => new MinMaxObserver(),
  restoreObserver: MinMaxObserver.fromJSON,
};

/** The exact histogram. */
export const HISTOGRAM: Observation = {
  observer: "histogram",
  createObserver: () => new HistogramObserver(),
  restoreObserver: HistogramObserver.fromJSON,
};

/** AIMET's histogram of all methods but entropy. */
export const AVERAGE_HISTOGRAM: Observation = {
  observer: "average-histogram",
  createObserver: () => new AverageHistogramObserver(),
  restoreObserver: AverageHistogramObserver.fromJSON,
};

/** AIMET's histogram of its entropy calibration. */
export const RESCALED_HISTOGRAM: Observation = {
  observer: "rescaled-histogram",
  createObserver: () => new RescaledHistogramObserver(),
  restoreObserver: RescaledHistogramObserver.fromJSON,
};
