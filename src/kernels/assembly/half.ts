// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Bit patterns of bfloat16 are the upper halves of floats. */
export function bfloat16ToFloat(source: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, i32x4.shl(v128.load_ext<u16>(source), 16));
    source += 8;
    target += 16;
  }
  for (; count > 0; count--) {
    store<u32>(target, <u32> load<u16>(source) << 16);
    source += 2;
    target += 4;
  }
}

/** Bit patterns of float16 to floats, without loss. */
export function halfToFloat(source: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, widenHalves(v128.load_ext<u16>(source)));
    source += 8;
    target += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(target, widenHalves(i32x4.splat(load<u16>(source))), 0);
    source += 2;
    target += 4;
  }
}

/**
 * Moves exponent and fraction into their places, then a multiplication by 2^112 mends the exponent's
 * bias and makes subnormals normal. Infinity and not-a-number keep a full exponent.
 */
function widenHalves(halves: v128): v128 {
  const magnitude = v128.and(halves, i32x4.splat(0x7fff));
  const sign = i32x4.shl(v128.xor(halves, magnitude), 16);
  const scaled = f32x4.mul(
    i32x4.shl(magnitude, 13),
    i32x4.splat((127 + 112) << 23),
  );
  const special = i32x4.gt_s(magnitude, i32x4.splat(0x7bff));
  return v128.or(v128.or(scaled, sign), v128.and(special, i32x4.splat(0x7f800000)));
}

/** Floats to bit patterns of float16: to nearest, ties to even, too large to infinity. */
export function floatToHalf(source: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    const halves = narrowFloats(v128.load(source));
    v128.store64_lane(target, v128.shuffle<i16>(halves, halves, 0, 2, 4, 6, 0, 2, 4, 6), 0);
    source += 16;
    target += 8;
  }
  for (; count > 0; count--) {
    v128.store16_lane(target, narrowFloats(v128.load32_zero(source)), 0);
    source += 4;
    target += 2;
  }
}

/** 65536, from where on the exponent does not fit. */
const TOO_LARGE: i32 = (127 + 16) << 23;

/** 2^-14, below which the result is subnormal. */
const SMALLEST_NORMAL: i32 = (127 - 14) << 23;

function narrowFloats(x: v128): v128 {
  const magnitude = v128.and(x, i32x4.splat(0x7fffffff));
  const sign = i32x4.shr_u(v128.xor(x, magnitude), 16);
  // Infinity, or a quiet not-a-number.
  const notANumber = i32x4.gt_s(magnitude, i32x4.splat(0x7f800000));
  const special = v128.or(i32x4.splat(0x7c00), v128.and(notANumber, i32x4.splat(0x200)));
  // Adding 0.5 lines the fraction up with the float's last bits: the addition rounds.
  const half = i32x4.splat(126 << 23);
  const subnormal = i32x4.sub(f32x4.add(magnitude, half), half);
  // Half a unit less one, plus the last kept bit: ties go to even. The bias changes by -112.
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(
    i32x4.add(i32x4.add(magnitude, odd), i32x4.splat(0xfff - (112 << 23))),
    13,
  );
  const finite = v128.bitselect(
    subnormal,
    normal,
    i32x4.lt_s(magnitude, i32x4.splat(SMALLEST_NORMAL)),
  );
  const large = i32x4.ge_s(magnitude, i32x4.splat(TOO_LARGE));
  return v128.or(v128.bitselect(special, finite, large), sign);
}
