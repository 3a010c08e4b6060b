// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** A float whose neighbours, `1 << 22` to each side, have the same bits but for a difference of integers. */
const CENTRE: f32 = 12582912;

/**
 * Counts `count` floats into bins `floor(x * scale) - first`, exact where `scale` is a power of two,
 * and writes the smallest and the largest to `range` and `range + 4`; they start from what stands
 * there. Slot 0 takes what lies below (and what is not a number), slot `bins + 1` what lies above.
 * There are two tables of 32-bit counters, `stride` bytes apart, for even and odd lanes, because a
 * counter that is hit twice in a row stalls; more do not fit the first-level cache beside the data.
 */
export function histogram(
  data: usize,
  count: i32,
  scale: f32,
  first: f32,
  bins: i32,
  tables: usize,
  stride: usize,
  range: usize,
): void {
  if (scale < 1) histogramOf(data, count, scale, first, bins, tables, stride, range, true);
  else histogramOf(data, count, scale, first, bins, tables, stride, range, false);
}

/** Products vanish only if the scale is below one. */
// @ts-ignore: a decorator of the compiler

function histogramOf(
  data: usize,
  count: i32,
  scale: f32,
  first: f32,
  bins: i32,
  tables: usize,
  stride: usize,
  range: usize,
  vanish: bool,
): void {
  const scales = f32x4.splat(scale);
  const before = f32x4.splat(CENTRE + 1 - first);
  const highest = f32x4.splat(CENTRE + <f32> (bins + 1));
  const origins = originsOf(tables, stride);
  let low = v128.load32_splat(range);
  let high = v128.load32_splat(range, 4);
  const end = data + (<usize> count << 2);
  for (; data + 16 <= end; data += 16) {
    const x = v128.load(data);
    low = f32x4.pmin(low, x);
    high = f32x4.pmax(high, x);
    const bin = vanish ? exactFloorOf(x, scales) : f32x4.floor(f32x4.mul(x, scales));
    increaseFour(countersOf(bin, before, highest, origins));
  }
  for (; data < end; data += 4) {
    const x = v128.load32_splat(data);
    low = f32x4.pmin(low, x);
    high = f32x4.pmax(high, x);
    const bin = vanish ? exactFloorOf(x, scales) : f32x4.floor(f32x4.mul(x, scales));
    increase(i32x4.extract_lane(countersOf(bin, before, highest, origins), 0));
  }
  low = f32x4.pmin(low, v128.shuffle<i32>(low, low, 2, 3, 0, 1));
  low = f32x4.pmin(low, v128.shuffle<i32>(low, low, 1, 0, 3, 2));
  high = f32x4.pmax(high, v128.shuffle<i32>(high, high, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<i32>(high, high, 1, 0, 3, 2));
  v128.store32_lane(range, low, 0);
  v128.store32_lane(range, high, 0, 4);
}

/**
 * As {@link histogram}, for bins `round(x / width - origin)` in single precision, ties away from zero,
 * and without the range.
 */
export function histogramNearest(
  data: usize,
  count: i32,
  width: f32,
  origin: f32,
  bins: i32,
  tables: usize,
  stride: usize,
): void {
  const widths = f32x4.splat(width);
  const shifts = f32x4.splat(origin);
  const before = f32x4.splat(CENTRE + 1);
  const highest = f32x4.splat(CENTRE + <f32> (bins + 1));
  const origins = originsOf(tables, stride);
  for (; count >= 4; count -= 4) {
    const x = f32x4.sub(f32x4.div(v128.load(data), widths), shifts);
    increaseFour(countersOf(nearestOf(x), before, highest, origins));
    data += 16;
  }
  for (; count > 0; count--) {
    const x = f32x4.sub(f32x4.div(v128.load32_splat(data), widths), shifts);
    increase(i32x4.extract_lane(countersOf(nearestOf(x), before, highest, origins), 0));
    data += 4;
  }
}

/** The floors of products; a negative product too small for a float is still below zero. */
function exactFloorOf(x: v128, scales: v128): v128 {
  const zero = f32x4.splat(0);
  const floor = f32x4.floor(f32x4.mul(x, scales));
  const vanished = v128.and(f32x4.lt(x, zero), f32x4.eq(floor, zero));
  return f32x4.add(floor, f32x4.convert_i32x4_s(vanished));
}

/** The nearest integers, ties away from zero; only those from -1 on need to be right. */
function nearestOf(x: v128): v128 {
  const half = f32x4.splat(0.5);
  const floor = f32x4.floor(x);
  const upper = f32x4.ge(f32x4.sub(x, floor), half);
  const rounded = f32x4.sub(floor, f32x4.convert_i32x4_s(upper));
  const tie = f32x4.eq(x, f32x4.splat(-0.5));
  return f32x4.add(rounded, f32x4.convert_i32x4_s(tie));
}

/**
 * The addresses of the counters of bins. A slot is added to the bits of a float, so the shift that makes
 * bytes of slots drops what these bits have in common up to a constant; `origins` take it off.
 */
function countersOf(bin: v128, before: v128, highest: v128, origins: v128): v128 {
  const slot = f32x4.add(bin, before);
  const inside = f32x4.pmin(highest, f32x4.pmax(f32x4.splat(CENTRE), slot));
  return i32x4.add(i32x4.shl(inside, 2), origins);
}

/** Where the counters of slot 0 are, for each lane, less what {@link countersOf} adds. */
function originsOf(tables: usize, stride: usize): v128 {
  const even = <i32> tables - (reinterpret<i32>(CENTRE) << 2);
  const odd = even + <i32> stride;
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(even), 1, odd), 3, odd);
}

function increaseFour(counters: v128): void {
  increase(i32x4.extract_lane(counters, 0));
  increase(i32x4.extract_lane(counters, 1));
  increase(i32x4.extract_lane(counters, 2));
  increase(i32x4.extract_lane(counters, 3));
}

function increase(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Adds the second table to the first. */
export function sumTables(tables: usize, stride: usize): void {
  const end = tables + stride;
  for (let table = tables; table < end; table += 16) {
    v128.store(table, i32x4.add(v128.load(table), v128.load(table + stride)));
  }
}
