/** A proportion with the interval that holds the true one with 95 % confidence. */
export interface Proportion {
  /** How many counted. */
  readonly count: number;
  /** Out of how many. */
  readonly total: number;
  /** `count / total`. */
  readonly value: number;
  /** Lower end of the 95 % interval. */
  readonly low: number;
  /** Upper end of the 95 % interval. */
  readonly high: number;
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/**
 * The Wilson score interval of a proportion: it holds also near 0 and 1 and for few samples, where
 * the usual `p ± 1.96 σ` does not.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
 * JASA 22 (1927), p. 209.
 *
 * @param count How many counted, `0 <= count <= total`.
 * @param total Out of how many, at least 1.
 */
export function wilsonInterval(count: number, total: number): Proportion {
  if (!(total >= 1 && count >= 0 && count <= total)) {
    throw new RangeError(`Cannot take the proportion ${count}/${total}`);
  }
  const p = count / total;
  const z2 = Z * Z / total;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = Z / (1 + z2) * Math.sqrt(p * (1 - p) / total + z2 / (4 * total));
  return {
    count,
    total,
    value: p,
    low: count === 0 ? 0 : centre - half,
    high: count === total ? 1 : centre + half,
  };
}
