// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Adding it rounds a float below 2^22 to an integer, which the low bits of the sum then hold. */
export const ROUND: f32 = 12582912.0;

/** Beyond these scales the reciprocal or a product would leave the normal floats. */
const SMALLEST_SCALE: f64 = 1e-30;
const LARGEST_SCALE: f64 = 1e30;

/** Above this too many elements would be done twice. */
const LARGEST_ERROR: f64 = 1.0 / 64.0;

/**
 * How far `x * (1 / scale)` in floats may lie from the nearest integer and still round to the code
 * that double precision gives, squared. Two roundings of relative size 2^-24 on numbers below
 * `top + |offset| + 1` make an error under 2^-22 of that; one nearer to a tie is done in double.
 * -1 where floats are of no use.
 */
export function trustedSquare(scale: f64, offset: f64, top: f64): f32 {
  const error = (top + abs(offset) + 1) / 4194304.0;
  if (scale < SMALLEST_SCALE || scale > LARGEST_SCALE || error > LARGEST_ERROR) return -1;
  return <f32> ((0.5 - error) * (0.5 - error));
}
