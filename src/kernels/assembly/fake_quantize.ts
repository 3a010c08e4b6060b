// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { place, roundUpTies } from "./codes.ts";
import { joinFloats, lowerDoubles, upperDoubles } from "./doubles.ts";
import { ROUND, trustedDistance } from "./single_precision.ts";

/**
 * Replaces `count` floats by the nearest values of the grid, `scale * (q + offset)` in double, rounded
 * once. What is not a number stays so: `pmax(y, 0)` and `pmin(y, top)` keep such a y.
 */
export function fakeQuantize(data: usize, count: i32, scale: f64, offset: f64, top: f64): void {
  const distance = f32x4.splat(trustedDistance(scale, offset, top));
  const inverse = f32x4.splat(<f32> (1 / scale));
  const offsets = f32x4.splat(<f32> offset);
  const tops = f32x4.splat(<f32> top);
  const zero = f32x4.splat(0);
  const round = f32x4.splat(ROUND);
  const scales = f64x2.splat(scale);
  for (; count >= 4; count -= 4) {
    const x = v128.load(data);
    const y = f32x4.pmin(f32x4.pmax(f32x4.sub(f32x4.mul(x, inverse), offsets), zero), tops);
    const q = f32x4.sub(f32x4.add(y, round), round);
    if (v128.all_true<i32>(f32x4.lt(f32x4.abs(f32x4.sub(y, q)), distance))) {
      const steps = f32x4.add(q, offsets);
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
  for (; count > 0; count--) {
    const x = fakeExactly(v128.load32_splat(data), scale, offset, top);
    v128.store32_lane(data, x, 0);
    data += 4;
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
