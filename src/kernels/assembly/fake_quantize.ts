// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { place, roundUpTies } from "./codes.ts";
import { joinFloats, lowerDoubles, upperDoubles } from "./doubles.ts";
import { ROUND, trustedSquare } from "./single_precision.ts";

/**
 * Replaces `count` floats by the nearest values of the grid, `scale * (q + offset)` in double, rounded
 * once. What is not a number stays so: `pmax(y, 0)` and `pmin(y, top)` keep such a y.
 */
export function fakeQuantize(data: usize, count: i32, scale: f64, offset: f64, top: f64): void {
  const square = trustedSquare(scale, offset, top);
  if (square >= 0) {
    const vectors = count >> 2;
    fakeVectors(data, vectors, square, scale, offset, top);
    data += <usize> vectors << 4;
    count &= 3;
  }
  for (; count >= 4; count -= 4) {
    v128.store(data, fakeExactly(v128.load(data), scale, offset, top));
    data += 16;
  }
  for (; count > 0; count--) {
    const x = fakeExactly(v128.load32_splat(data), scale, offset, top);
    v128.store32_lane(data, x, 0);
    data += 4;
  }
}

/** Codes in single precision as in `quantizeBytes`; four with one near a tie are done in double. */
function fakeVectors(
  data: usize,
  count: i32,
  square: f32,
  scale: f64,
  offset: f64,
  top: f64,
): void {
  const squares = f32x4.splat(square);
  const inverse = f32x4.splat(<f32> (1 / scale));
  const round = f32x4.splat(ROUND - <f32> offset);
  const first = f32x4.splat(ROUND);
  const last = f32x4.splat(ROUND + <f32> top);
  const scales = f64x2.splat(scale);
  for (; count > 0; count--) {
    const x = v128.load(data);
    const p = f32x4.mul(x, inverse);
    const r = f32x4.add(p, round);
    const d = f32x4.sub(p, f32x4.sub(r, round));
    if (v128.all_true<i32>(f32x4.lt(f32x4.mul(d, d), squares))) {
      const steps = f32x4.sub(f32x4.pmin(f32x4.pmax(r, first), last), round);
      v128.store(
        data,
        joinFloats(
          f64x2.mul(lowerDoubles(steps), scales),
          f64x2.mul(upperDoubles(steps), scales),
        ),
      );
    } else {
      v128.store(data, fakeExactly(x, scale, offset, top));
    }
    data += 16;
  }
}

/** Four floats in double precision throughout. */
function fakeExactly(x: v128, scale: f64, offset: f64, top: f64): v128 {
  return joinFloats(
    fakeTwo(lowerDoubles(x), scale, offset, top),
    fakeTwo(upperDoubles(x), scale, offset, top),
  );
}

function fakeTwo(x: v128, scale: f64, offset: f64, top: f64): v128 {
  const scales = f64x2.splat(scale);
  const offsets = f64x2.splat(offset);
  const y = f64x2.pmin(
    f64x2.pmax(place(x, scales, offsets), f64x2.splat(0)),
    f64x2.splat(top),
  );
  return f64x2.mul(f64x2.add(roundUpTies(y), offsets), scales);
}
