// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Replaces `count` floats by `scale * nearest(x / scale)`, the quotient kept between `low` and `high`:
 * what QuantizeLinear and DequantizeLinear of ONNX compute, all in single precision and ties to even.
 * What is not a number stays so: `pmax(y, low)` and `pmin(y, high)` keep such a y.
 */
export function fakeQuantize(data: usize, count: i32, scale: f32, low: f32, high: f32): void {
  for (; count >= 4; count -= 4) {
    v128.store(data, fakeFour(v128.load(data), scale, low, high));
    data += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(data, fakeFour(v128.load32_splat(data), scale, low, high), 0);
    data += 4;
  }
}

function fakeFour(x: v128, scale: f32, low: f32, high: f32): v128 {
  const scales = f32x4.splat(scale);
  const place = f32x4.div(x, scales);
  const kept = f32x4.pmin(f32x4.pmax(place, f32x4.splat(low)), f32x4.splat(high));
  // Adding 0 turns -0 into 0, which is what an integer code of zero decodes to.
  const steps = f32x4.add(f32x4.nearest(kept), f32x4.splat(0));
  return f32x4.mul(steps, scales);
}
