// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { lowerDoubles, upperDoubles } from "./doubles.ts";
import { minMax } from "./min_max.ts";

/** Bytes of a channel: four doubles, then two floats. */
const MOMENT_BYTES = 40;

/**
 * Adds `count` floats to the moments of their channels: the sum, the sum of the squares between the
 * limits, that of the squares of what is above `upper`, and the number strictly between the limits, all
 * doubles; then the least and the greatest, floats. The floats begin in `channel` with a run of `first`
 * elements, followed by runs of `inner`.
 */
export function channelMoments(
  data: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  lower: f32,
  upper: f32,
  moments: usize,
): void {
  let run = first;
  while (count > 0) {
    if (run > count) run = count;
    const place = moments + <usize> channel * MOMENT_BYTES;
    minMax(data, run, place + 32);
    addRun(data, run, lower, upper, place, load<f32>(place, 36) >= upper);
    data += <usize> run << 2;
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
}

/** Adds a run to the sums of its channel. `reaches` tells whether elements may be at `upper` or above. */
function addRun(
  data: usize,
  count: i32,
  lower: f32,
  upper: f32,
  sums: usize,
  reaches: bool,
): void {
  const floor = f32x4.splat(lower);
  const ceiling = f32x4.splat(upper);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0, squares0 = sum0, squares1 = sum0, excess0 = sum0, excess1 = sum0;
  let passing = i32x4.splat(0);
  const end = data + (<usize> count << 2);
  for (; data + 16 <= end; data += 16) {
    const x = v128.load(data);
    const x0 = lowerDoubles(x);
    const x1 = upperDoubles(x);
    sum0 = f64x2.add(sum0, x0);
    sum1 = f64x2.add(sum1, x1);
    let limited = f32x4.pmax(x, floor);
    let passes = f32x4.gt(x, floor);
    if (reaches) {
      const over = f32x4.sub(f32x4.pmax(x, ceiling), ceiling);
      const over0 = lowerDoubles(over);
      const over1 = upperDoubles(over);
      excess0 = f64x2.add(excess0, f64x2.mul(over0, over0));
      excess1 = f64x2.add(excess1, f64x2.mul(over1, over1));
      limited = f32x4.pmin(limited, ceiling);
      passes = v128.and(passes, f32x4.lt(x, ceiling));
    }
    const limited0 = lowerDoubles(limited);
    const limited1 = upperDoubles(limited);
    squares0 = f64x2.add(squares0, f64x2.mul(limited0, limited0));
    squares1 = f64x2.add(squares1, f64x2.mul(limited1, limited1));
    passing = i32x4.sub(passing, passes);
  }
  let sum = join(sum0, sum1);
  let squares = join(squares0, squares1);
  let excess = join(excess0, excess1);
  let passed = i32x4.extract_lane(passing, 0) + i32x4.extract_lane(passing, 1) +
    i32x4.extract_lane(passing, 2) + i32x4.extract_lane(passing, 3);
  for (; data < end; data += 4) {
    const x = load<f32>(data);
    sum += <f64> x;
    const limited = <f64> min(max(x, lower), upper);
    squares += limited * limited;
    if (x > lower && x < upper) passed++;
    if (x > upper) {
      const over = <f64> (x - upper);
      excess += over * over;
    }
  }
  store<f64>(sums, load<f64>(sums) + sum);
  store<f64>(sums, load<f64>(sums, 8) + squares, 8);
  store<f64>(sums, load<f64>(sums, 16) + excess, 16);
  store<f64>(sums, load<f64>(sums, 24) + <f64> passed, 24);
}

function join(first: v128, second: v128): f64 {
  const sum = f64x2.add(first, second);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
