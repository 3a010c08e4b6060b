/** How often values were seen in bins of one width: what searches for a range work on. */
export interface Bins {
  /** The lower edge of the first bin. */
  readonly low: number;
  /** The width of a bin. */
  readonly width: number;
  /** How much lies in each bin: counts or shares. */
  readonly mass: Float64Array;
}
