/**
 * The scales of a pair of layers (quantization reference 5.3): `s = sqrt(r1 / r2)`. With the first
 * layer's outputs divided by it and the second layer's inputs multiplied, both ranges of a channel
 * are `sqrt(r1 * r2)`. Where a range is 0 or the scale overflows, it is 1.
 *
 * @param first Largest magnitude of each output channel of the first layer's weight.
 * @param second Largest magnitude of each input channel of the second layer's weight.
 */
export function pairScales(first: Float64Array, second: Float64Array): Float64Array {
  // Divided by a square root each, the product of two small ranges does not vanish.
  return first.map((range, channel) =>
    usable(Math.sqrt(range) / Math.sqrt(second[channel] ?? 0), range)
  );
}

/** The scales of a triple, between its first two and its last two layers. */
export interface TripleScales {
  /** Between the first layer and the depthwise one. */
  readonly first: Float64Array;
  /** Between the depthwise layer and the last one. */
  readonly second: Float64Array;
}

/**
 * The scales of a triple with a depthwise layer in the middle: with `t = cbrt(r1 * r2 * r3)` they are
 * `r1 / t` and `t / r3`, and all three ranges of a channel become `t`. Where a range is 0 or a scale
 * overflows, both are 1.
 *
 * @param first Largest magnitude of each output channel of the first layer's weight.
 * @param middle Largest magnitude of each channel of the depthwise weight.
 * @param last Largest magnitude of each input channel of the last layer's weight.
 */
export function tripleScales(
  first: Float64Array,
  middle: Float64Array,
  last: Float64Array,
): TripleScales {
  const scales = { first: new Float64Array(first.length), second: new Float64Array(first.length) };
  first.forEach((r1, channel) => {
    const r3 = last[channel] ?? 0;
    const t = Math.cbrt(r1) * Math.cbrt(middle[channel] ?? 0) * Math.cbrt(r3);
    const isUsable = usable(r1 / t, r1) === r1 / t && usable(t / r3, t) === t / r3;
    scales.first[channel] = isUsable ? r1 / t : 1;
    scales.second[channel] = isUsable ? t / r3 : 1;
  });
  return scales;
}

function usable(scale: number, range: number): number {
  return range > 0 && scale > 0 && Number.isFinite(scale) && Number.isFinite(1 / scale) ? scale : 1;
}
