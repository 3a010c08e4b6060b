// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { lowerDoubles, upperDoubles } from "./doubles.ts";

/** Adding it leaves an integer below 2^32 in the low half of a double. */
const TWO_TO_52: f64 = 4503599627370496.0;

/** `x / scale - offset` of two doubles. */
export function place(x: v128, scale: v128, offset: v128): v128 {
  return f64x2.sub(f64x2.div(x, scale), offset);
}

/**
 * The nearest integer of two doubles >= 0, ties upwards. Adding 0.5 before the floor would round
 * 0.49999999999999994 up; the fraction is exact.
 */
export function roundUpTies(y: v128): v128 {
  const whole = f64x2.floor(y);
  const up = f64x2.ge(f64x2.sub(y, whole), f64x2.splat(0.5));
  return f64x2.add(whole, v128.and(up, f64x2.splat(1)));
}

/** Codes of two doubles, each in the low half of its lane; not a number becomes 0. */
function codesOfTwo(x: v128, scale: v128, offset: v128, top: v128): v128 {
  const y = f64x2.pmin(top, f64x2.pmax(f64x2.splat(0), place(x, scale, offset)));
  return f64x2.add(roundUpTies(y), f64x2.splat(TWO_TO_52));
}

/**
 * Codes of four floats as unsigned 32-bit integers: `clamp(roundHalfAway(x / scale - offset), 0, top)`
 * in double precision. The pairs of scales and offsets belong to the lower and the upper two floats.
 */
export function codesOf(
  x: v128,
  scale0: v128,
  scale1: v128,
  offset0: v128,
  offset1: v128,
  top: v128,
): v128 {
  return v128.shuffle<i32>(
    codesOfTwo(lowerDoubles(x), scale0, offset0, top),
    codesOfTwo(upperDoubles(x), scale1, offset1, top),
    0,
    2,
    4,
    6,
  );
}

/** The same for one float. */
export function codeOf(x: f32, scale: f64, offset: f64, top: f64): u32 {
  const y = <f64> x / scale - offset;
  if (!(y > 0)) return 0;
  if (y >= top) return <u32> top;
  const whole = floor(y);
  return <u32> whole + (y - whole >= 0.5 ? 1 : 0);
}
