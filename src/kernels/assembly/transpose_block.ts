// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Elements a side of the square that `transposeBlock` moves: 8, 4, 4 or 2 for 1, 2, 4 or 8 bytes. */
export function blockSide<T>(): i32 {
  return sizeof<T>() == 1 ? 8 : sizeof<T>() == 8 ? 2 : 4;
}

/** Transposes a square of elements in registers. */
export function transposeBlock<T>(
  source: usize,
  target: usize,
  sourceStride: usize,
  targetStride: usize,
): void {
  if (sizeof<T>() == 1) transpose8x8(source, target, sourceStride, targetStride);
  else if (sizeof<T>() == 2) transpose4x4Short(source, target, sourceStride, targetStride);
  else if (sizeof<T>() == 4) transpose4x4(source, target, sourceStride, targetStride);
  else transpose2x2(source, target, sourceStride, targetStride);
}

/** Bytes: pairs, then fours, then eights of one column come together. */
function transpose8x8(
  source: usize,
  target: usize,
  sourceStride: usize,
  targetStride: usize,
): void {
  const half = source + sourceStride * 4;
  const pair01 = mixBytes(v128.load64_zero(source), v128.load64_zero(source + sourceStride));
  const pair23 = mixBytes(
    v128.load64_zero(source + sourceStride * 2),
    v128.load64_zero(source + sourceStride * 3),
  );
  const pair45 = mixBytes(v128.load64_zero(half), v128.load64_zero(half + sourceStride));
  const pair67 = mixBytes(
    v128.load64_zero(half + sourceStride * 2),
    v128.load64_zero(half + sourceStride * 3),
  );
  const low0123 = v128.shuffle<i16>(pair01, pair23, 0, 8, 1, 9, 2, 10, 3, 11);
  const high0123 = v128.shuffle<i16>(pair01, pair23, 4, 12, 5, 13, 6, 14, 7, 15);
  const low4567 = v128.shuffle<i16>(pair45, pair67, 0, 8, 1, 9, 2, 10, 3, 11);
  const high4567 = v128.shuffle<i16>(pair45, pair67, 4, 12, 5, 13, 6, 14, 7, 15);
  storePair(target, targetStride, v128.shuffle<i32>(low0123, low4567, 0, 4, 1, 5));
  target += targetStride * 2;
  storePair(target, targetStride, v128.shuffle<i32>(low0123, low4567, 2, 6, 3, 7));
  target += targetStride * 2;
  storePair(target, targetStride, v128.shuffle<i32>(high0123, high4567, 0, 4, 1, 5));
  target += targetStride * 2;
  storePair(target, targetStride, v128.shuffle<i32>(high0123, high4567, 2, 6, 3, 7));
}

function mixBytes(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Two columns of eight bytes. */
function storePair(target: usize, targetStride: usize, columns: v128): void {
  v128.store64_lane(target, columns, 0);
  v128.store64_lane(target + targetStride, columns, 1);
}

/** 16-bit elements. */
function transpose4x4Short(
  source: usize,
  target: usize,
  sourceStride: usize,
  targetStride: usize,
): void {
  const pair01 = mixShorts(v128.load64_zero(source), v128.load64_zero(source + sourceStride));
  const pair23 = mixShorts(
    v128.load64_zero(source + sourceStride * 2),
    v128.load64_zero(source + sourceStride * 3),
  );
  storePair(target, targetStride, v128.shuffle<i32>(pair01, pair23, 0, 4, 1, 5));
  target += targetStride * 2;
  storePair(target, targetStride, v128.shuffle<i32>(pair01, pair23, 2, 6, 3, 7));
}

function mixShorts(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** 32-bit elements. */
function transpose4x4(
  source: usize,
  target: usize,
  sourceStride: usize,
  targetStride: usize,
): void {
  const row0 = v128.load(source);
  const row1 = v128.load(source + sourceStride);
  const row2 = v128.load(source + sourceStride * 2);
  const row3 = v128.load(source + sourceStride * 3);
  const low01 = v128.shuffle<i32>(row0, row1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(row2, row3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(row0, row1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(row2, row3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(target + targetStride, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(target + targetStride * 2, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(target + targetStride * 3, v128.shuffle<i64>(high01, high23, 1, 3));
}

/** 64-bit elements. */
function transpose2x2(
  source: usize,
  target: usize,
  sourceStride: usize,
  targetStride: usize,
): void {
  const row0 = v128.load(source);
  const row1 = v128.load(source + sourceStride);
  v128.store(target, v128.shuffle<i64>(row0, row1, 0, 2));
  v128.store(target + targetStride, v128.shuffle<i64>(row0, row1, 1, 3));
}
