// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { lowerDoubles, upperDoubles } from "./doubles.ts";

/**
 * Counts `count` floats into bins `floor((x - low) / width)`. There are four tables of `bins + 2`
 * 32-bit counters, one for each lane, because a counter that is hit twice in a row stalls; slot 0 takes
 * what lies below (and what is not a number), the last slot what lies above.
 * Returns how many are not a number.
 */
export function histogram(
  data: usize,
  count: i32,
  low: f64,
  width: f64,
  bins: i32,
  tables: usize,
): i32 {
  const stride = (<usize> bins + 2) << 2;
  const table1 = tables + stride;
  const table2 = table1 + stride;
  const table3 = table2 + stride;
  const lows = f64x2.splat(low);
  const widths = f64x2.splat(width);
  const last = f64x2.splat(<f64> (bins + 1));
  let unordered = i32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const x = v128.load(data);
    unordered = i32x4.sub(unordered, f32x4.ne(x, x));
    const lower = slotsOf(lowerDoubles(x), lows, widths, last);
    const upper = slotsOf(upperDoubles(x), lows, widths, last);
    increase(tables, i32x4.extract_lane(lower, 0));
    increase(table1, i32x4.extract_lane(lower, 2));
    increase(table2, i32x4.extract_lane(upper, 0));
    increase(table3, i32x4.extract_lane(upper, 2));
    data += 16;
  }
  let notANumber = i32x4.extract_lane(unordered, 0) + i32x4.extract_lane(unordered, 1) +
    i32x4.extract_lane(unordered, 2) + i32x4.extract_lane(unordered, 3);
  for (; count > 0; count--) {
    const x = load<f32>(data);
    if (x != x) notANumber++;
    increase(tables, i32x4.extract_lane(slotsOf(f64x2.splat(<f64> x), lows, widths, last), 0));
    data += 4;
  }
  return notANumber;
}

/** Two slots, each in the low half of its lane (adding 2^52 puts it there). */
function slotsOf(x: v128, lows: v128, widths: v128, last: v128): v128 {
  const bin = f64x2.floor(f64x2.div(f64x2.sub(x, lows), widths));
  const slot = f64x2.add(bin, f64x2.splat(1));
  const inside = f64x2.pmin(last, f64x2.pmax(f64x2.splat(0), slot));
  return f64x2.add(inside, f64x2.splat(4503599627370496.0));
}

function increase(table: usize, slot: i32): void {
  const counter = table + (<usize> slot << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}
