// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** The first two floats as doubles. */
export function lowerDoubles(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two floats as doubles. */
export function upperDoubles(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Two pairs of doubles, rounded to four floats. */
export function joinFloats(lower: v128, upper: v128): v128 {
  return v128.shuffle<i64>(
    f32x4.demote_f64x2_zero(lower),
    f32x4.demote_f64x2_zero(upper),
    0,
    2,
  );
}
