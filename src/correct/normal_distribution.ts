/** The density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The cumulative standard normal distribution, to about 1e-15: Taylor's series near zero, the
 * continued fraction of the tail far out (Abramowitz and Stegun, 26.2.10 and 26.2.14).
 */
export function normalCumulative(x: number): number {
  if (x === Infinity) return 1;
  if (x === -Infinity) return 0;
  const magnitude = Math.abs(x);
  if (magnitude < 3) {
    let term = magnitude;
    let sum = magnitude;
    for (let odd = 3; term > sum * 1e-17; odd += 2) {
      term *= magnitude * magnitude / odd;
      sum += term;
    }
    return 0.5 + Math.sign(x) * normalDensity(x) * sum;
  }
  let fraction = magnitude;
  for (let count = 60; count > 0; count--) fraction = magnitude + count / fraction;
  const tail = normalDensity(x) / fraction;
  return x < 0 ? tail : 1 - tail;
}

/** A normal distribution cut to an interval. */
export interface ClippedNormal {
  /** The mean before it is cut. */
  readonly mean: number;
  /** The standard deviation before it is cut; 0 or more. */
  readonly deviation: number;
  /** Smaller values become this. */
  readonly low: number;
  /** Larger values become this. */
  readonly high: number;
}

/**
 * The mean of `min(max(x, low), high)` for a normally distributed `x`: what a ReLU (`low` 0, no `high`)
 * or a ReLU6 makes of the output of a batch normalization (quantization reference 6.2).
 */
export function clippedMean({ mean, deviation, low, high }: ClippedNormal): number {
  if (deviation === 0) return Math.min(Math.max(mean, low), high);
  const a = (low - mean) / deviation;
  const b = (high - mean) / deviation;
  const below = low === -Infinity ? 0 : low * normalCumulative(a);
  const above = high === Infinity ? 0 : high * normalCumulative(-b);
  const inside = mean * (normalCumulative(b) - normalCumulative(a)) +
    deviation * (normalDensity(a) - normalDensity(b));
  return below + inside + above;
}
