// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Counts `count` floats into bins `floor(x * scale) - first`, exact where `scale` is a power of two.
 * There are four tables of 32-bit counters, `stride` bytes apart, one for each lane, because a counter
 * that is hit twice in a row stalls. Slot 0 takes what lies below (and what is not a number), slot
 * `bins + 1` what lies above.
 */
export function histogram(
  data: usize,
  count: i32,
  scale: f32,
  first: f32,
  bins: i32,
  tables: usize,
  stride: usize,
): void {
  const scales = f32x4.splat(scale);
  const before = f32x4.splat(first - 1);
  const last = f32x4.splat(<f32> (bins + 1));
  for (; count >= 4; count -= 4) {
    const x = v128.load(data);
    increaseFour(tables, stride, slotsOf(floorOf(x, scales), before, last));
    data += 16;
  }
  for (; count > 0; count--) {
    const x = v128.load32_splat(data);
    increase(tables, i32x4.extract_lane(slotsOf(floorOf(x, scales), before, last), 0));
    data += 4;
  }
}

/**
 * As {@link histogram}, for bins `round(x / width - origin)` in single precision, ties away from zero.
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
  const origins = f32x4.splat(origin);
  const before = f32x4.splat(-1);
  const last = f32x4.splat(<f32> (bins + 1));
  for (; count >= 4; count -= 4) {
    const x = f32x4.sub(f32x4.div(v128.load(data), widths), origins);
    increaseFour(tables, stride, slotsOf(nearestOf(x), before, last));
    data += 16;
  }
  for (; count > 0; count--) {
    const x = f32x4.sub(f32x4.div(v128.load32_splat(data), widths), origins);
    increase(tables, i32x4.extract_lane(slotsOf(nearestOf(x), before, last), 0));
    data += 4;
  }
}

/** The floors of products; a negative product too small for a float is still below zero. */
function floorOf(x: v128, scales: v128): v128 {
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

/** Slots of bins as integers. */
function slotsOf(bin: v128, before: v128, last: v128): v128 {
  const slot = f32x4.sub(bin, before);
  return i32x4.trunc_sat_f32x4_s(f32x4.pmin(last, f32x4.pmax(f32x4.splat(0), slot)));
}

function increaseFour(tables: usize, stride: usize, slots: v128): void {
  increase(tables, i32x4.extract_lane(slots, 0));
  increase(tables + stride, i32x4.extract_lane(slots, 1));
  increase(tables + 2 * stride, i32x4.extract_lane(slots, 2));
  increase(tables + 3 * stride, i32x4.extract_lane(slots, 3));
}

function increase(table: usize, slot: i32): void {
  const counter = table + (<usize> slot << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Adds the other three tables to the first. */
export function sumTables(tables: usize, stride: usize): void {
  for (let position: usize = 0; position < stride; position += 16) {
    const table = tables + position;
    const lower = i32x4.add(v128.load(table), v128.load(table + stride));
    const upper = i32x4.add(v128.load(table + 2 * stride), v128.load(table + 3 * stride));
    v128.store(table, i32x4.add(lower, upper));
  }
}
