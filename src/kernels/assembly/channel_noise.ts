// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * The sum of `growing / u + shrinking * u` over pairs of channels, each with the `u` that makes its share
 * least between its bounds; `u` is written behind the other numbers of a pair. A pair has eight vectors of
 * two doubles: the lower bound of `u`; its upper bounds for a first and a second limit of 1; what grows
 * with each of them; what shrinks, and one divided by that; and `u`.
 */
export function channelNoise(pairs: usize, count: i32, first: f64, second: f64): f64 {
  const firsts = f64x2.splat(first);
  const seconds = f64x2.splat(second);
  let sum = f64x2.splat(0);
  for (; count > 0; count--) {
    const growing = f64x2.add(
      f64x2.mul(firsts, v128.load(pairs, 48)),
      f64x2.mul(seconds, v128.load(pairs, 64)),
    );
    const wish = f64x2.sqrt(f64x2.mul(growing, v128.load(pairs, 96)));
    // A wish that is not a number, as neither side grows, is passed over.
    let u = f64x2.pmax(v128.load(pairs), wish);
    u = f64x2.pmin(u, f64x2.mul(firsts, v128.load(pairs, 16)));
    u = f64x2.pmin(u, f64x2.mul(seconds, v128.load(pairs, 32)));
    v128.store(pairs, u, 112);
    const share = f64x2.add(f64x2.div(growing, u), f64x2.mul(v128.load(pairs, 80), u));
    sum = f64x2.add(sum, share);
    pairs += 128;
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
