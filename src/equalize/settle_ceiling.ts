import type { ChannelStatistics } from "./channel_statistics.ts";
import type { CeilingReport } from "./equalization_report.ts";
import type { LayerLink } from "./layer_link.ts";

/**
 * What happens to the ceiling of a ReLU6 between scaled layers. `"relu"` drops it, as SNPE and AIMET
 * do; `"exact"` gives each channel its own; `"keep"` leaves it and the channels that reach it alone;
 * `"auto"` takes one ceiling for all channels where that hardly changes the calibration data, and a
 * ceiling for each channel elsewhere.
 */
export type Relu6Handling = "auto" | "relu" | "exact" | "keep";

/** Power of the error, as a share of the activations' power, that one ceiling may cause: -50 dB, below the noise of 8 bits. */
const TOLERATED_ERROR = 1e-5;

/** A ceiling as it shall be. */
export interface SettledCeiling {
  /** What was decided. */
  readonly report: CeilingReport;
  /** The ceiling of each channel; absent where there is none or one. */
  readonly perChannel?: Float64Array;
}

/**
 * Decides what becomes of the ceiling between two layers.
 *
 * @param link The link.
 * @param state How it is handled; the link's scales, what was absorbed, which channels the next layer
 *   still reads, and what is known from data.
 */
export function settleCeiling(
  { activation, from }: LayerLink,
  { handling, scales, absorbed, isRead, statistics }: {
    readonly handling: Relu6Handling;
    readonly scales: Float64Array;
    readonly absorbed: Float64Array;
    readonly isRead: (channel: number) => boolean;
    readonly statistics?: ChannelStatistics;
  },
): SettledCeiling {
  const { upper } = activation;
  if (activation.kind !== "clip") {
    return { report: { kind: "none", reason: "there was no ceiling" } };
  }
  if (handling === "relu") {
    const error = statistics === undefined ? undefined : errorOf(statistics, () => true);
    const report = { kind: "dropped", reason: "asked for" } as const;
    return { report: error === undefined ? report : { ...report, error } };
  }
  if (handling === "keep") {
    return { report: { kind: "kept", largest: upper, error: 0, reason: "asked for" } };
  }
  const channels = Array.from({ length: from.outputChannels }, (_, channel) => channel);
  const scaled = (channel: number, value: number): number =>
    (value - (absorbed[channel] ?? 0)) / (scales[channel] ?? 1);
  const ceilings = channels.map((channel) => isRead(channel) ? scaled(channel, upper) : Infinity);
  // Beyond what the data reach, the encoding of the activation would cut as well.
  const largest = channels.filter(isRead)
    .map((channel) => scaled(channel, Math.min(upper, statistics?.max[channel] ?? upper)))
    .reduce((a, b) => Math.max(a, b), 0) || upper;
  const isHigher = (channel: number): boolean => largest > (ceilings[channel] ?? 0) * (1 + 1e-6);
  if (!channels.some(isHigher)) {
    const reason = "all channels can share it";
    return { report: { kind: "one", largest, error: 0, reason } };
  }
  const error = statistics === undefined ? undefined : errorOf(statistics, isHigher);
  if (handling === "auto" && error !== undefined && error <= TOLERATED_ERROR) {
    const reason = "the samples hardly reach the ceilings of other channels";
    return { report: { kind: "one", largest, error, reason } };
  }
  const reason = handling === "exact"
    ? "asked for"
    : error === undefined
    ? "without samples nothing tells that one ceiling would do"
    : `one ceiling for all would change ${(100 * error).toPrecision(2)} % of the power`;
  return {
    report: { kind: "per-channel", largest, error: 0, reason },
    perChannel: Float64Array.from(ceilings, (ceiling) => Math.min(ceiling, largest)),
  };
}

/** The power above the ceilings of some channels, as a share of all power. */
function errorOf(
  { excessSquares, activeSquares }: ChannelStatistics,
  isAffected: (channel: number) => boolean,
): number {
  let error = 0;
  let power = 0;
  activeSquares.forEach((squares, channel) => {
    power += squares;
    if (isAffected(channel)) error += excessSquares[channel] ?? 0;
  });
  return power > 0 ? error / power : 0;
}

/**
 * Restrains scales so that an unchanged ceiling cuts no more than before: channels that reach it keep
 * scale 1, others are scaled up no further than to the ceiling.
 */
export function restrainScales(
  scales: Float64Array,
  { upper, statistics }: { readonly upper: number; readonly statistics?: ChannelStatistics },
): Float64Array {
  return scales.map((scale, channel) => {
    const most = statistics?.max[channel] ?? Infinity;
    return most >= upper ? 1 : Math.max(scale, most / upper);
  });
}
