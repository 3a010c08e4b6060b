// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { lowerDoubles, upperDoubles } from "./doubles.ts";

/**
 * Adds `count` floats to the moments of their channels, five doubles each: the sum, the sum of squares,
 * that of the squares between the limits, that of the squares of what is above `upper`, and the number
 * strictly between the limits. The floats begin in `channel` with a run of `first` elements, followed by
 * runs of `inner`.
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
    addRun(data, run, lower, upper, moments + <usize> channel * 40);
    data += <usize> run << 2;
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
}

function addRun(data: usize, count: i32, lower: f32, upper: f32, moments: usize): void {
  const floor = f32x4.splat(lower);
  const ceiling = f32x4.splat(upper);
  const zeros = f32x4.splat(0);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0, squares0 = sum0, squares1 = sum0;
  let active0 = sum0, active1 = sum0, excess0 = sum0, excess1 = sum0;
  let passing = i32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const x = v128.load(data);
    const x0 = lowerDoubles(x);
    const x1 = upperDoubles(x);
    sum0 = f64x2.add(sum0, x0);
    sum1 = f64x2.add(sum1, x1);
    squares0 = f64x2.add(squares0, f64x2.mul(x0, x0));
    squares1 = f64x2.add(squares1, f64x2.mul(x1, x1));
    const limited = f32x4.pmin(f32x4.pmax(x, floor), ceiling);
    const limited0 = lowerDoubles(limited);
    const limited1 = upperDoubles(limited);
    active0 = f64x2.add(active0, f64x2.mul(limited0, limited0));
    active1 = f64x2.add(active1, f64x2.mul(limited1, limited1));
    const over = f32x4.pmax(zeros, f32x4.sub(x, ceiling));
    const over0 = lowerDoubles(over);
    const over1 = upperDoubles(over);
    excess0 = f64x2.add(excess0, f64x2.mul(over0, over0));
    excess1 = f64x2.add(excess1, f64x2.mul(over1, over1));
    passing = i32x4.sub(passing, v128.and(f32x4.gt(x, floor), f32x4.lt(x, ceiling)));
    data += 16;
  }
  let sum = join(sum0, sum1);
  let squares = join(squares0, squares1);
  let active = join(active0, active1);
  let excess = join(excess0, excess1);
  let passed = i32x4.extract_lane(passing, 0) + i32x4.extract_lane(passing, 1) +
    i32x4.extract_lane(passing, 2) + i32x4.extract_lane(passing, 3);
  for (; count > 0; count--) {
    const single = load<f32>(data);
    const x = <f64> single;
    sum += x;
    squares += x * x;
    const limited = <f64> min(max(single, lower), upper);
    active += limited * limited;
    if (single > upper) {
      const over = <f64> (single - upper);
      excess += over * over;
    } else if (single > lower && single < upper) {
      passed++;
    }
    data += 4;
  }
  store<f64>(moments, load<f64>(moments) + sum);
  store<f64>(moments, load<f64>(moments, 8) + squares, 8);
  store<f64>(moments, load<f64>(moments, 16) + active, 16);
  store<f64>(moments, load<f64>(moments, 24) + excess, 24);
  store<f64>(moments, load<f64>(moments, 32) + <f64> passed, 32);
}

function join(first: v128, second: v128): f64 {
  const sum = f64x2.add(first, second);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
