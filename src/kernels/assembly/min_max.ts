// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Writes the smallest and the largest of `count` floats to `result` and `result + 4`; they start
 * from what stands there. `pmin(kept, x)` skips an x that is not a number, so a running sum tells of
 * it. Returns whether that sum is a number: if so, all x are; if not, two infinities may have met.
 */
export function minMax(data: usize, count: i32, result: usize): bool {
  let low0 = v128.load32_splat(result);
  let low1 = low0, low2 = low0, low3 = low0;
  let high0 = v128.load32_splat(result, 4);
  let high1 = high0, high2 = high0, high3 = high0;
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  const end = data + (<usize> count << 2);
  for (; data + 64 <= end; data += 64) {
    const x0 = v128.load(data);
    const x1 = v128.load(data, 16);
    const x2 = v128.load(data, 32);
    const x3 = v128.load(data, 48);
    low0 = f32x4.pmin(low0, x0);
    low1 = f32x4.pmin(low1, x1);
    low2 = f32x4.pmin(low2, x2);
    low3 = f32x4.pmin(low3, x3);
    high0 = f32x4.pmax(high0, x0);
    high1 = f32x4.pmax(high1, x1);
    high2 = f32x4.pmax(high2, x2);
    high3 = f32x4.pmax(high3, x3);
    sum0 = f32x4.add(sum0, f32x4.add(x0, x1));
    sum1 = f32x4.add(sum1, f32x4.add(x2, x3));
  }
  for (; data + 16 <= end; data += 16) {
    const x = v128.load(data);
    low0 = f32x4.pmin(low0, x);
    high0 = f32x4.pmax(high0, x);
    sum0 = f32x4.add(sum0, x);
  }
  for (; data < end; data += 4) {
    const x = v128.load32_splat(data);
    low0 = f32x4.pmin(low0, x);
    high0 = f32x4.pmax(high0, x);
    sum0 = f32x4.add(sum0, x);
  }
  low0 = f32x4.pmin(f32x4.pmin(low0, low1), f32x4.pmin(low2, low3));
  low0 = f32x4.pmin(low0, v128.shuffle<i32>(low0, low0, 2, 3, 0, 1));
  low0 = f32x4.pmin(low0, v128.shuffle<i32>(low0, low0, 1, 0, 3, 2));
  high0 = f32x4.pmax(f32x4.pmax(high0, high1), f32x4.pmax(high2, high3));
  high0 = f32x4.pmax(high0, v128.shuffle<i32>(high0, high0, 2, 3, 0, 1));
  high0 = f32x4.pmax(high0, v128.shuffle<i32>(high0, high0, 1, 0, 3, 2));
  v128.store32_lane(result, low0, 0);
  v128.store32_lane(result, high0, 0, 4);
  sum0 = f32x4.add(sum0, sum1);
  return v128.all_true<i32>(f32x4.eq(sum0, sum0));
}
