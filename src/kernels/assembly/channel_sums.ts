// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { lowerDoubles, upperDoubles } from "./doubles.ts";

/**
 * Adds `count` floats to the sums (doubles) of their channels. They begin in `channel` with a run of
 * `first` elements, followed by runs of `inner`.
 */
export function channelSums(
  data: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  sums: usize,
): void {
  if (inner == 1) {
    sumAcross(data, count, channel, channels, sums);
    return;
  }
  let run = first;
  while (count > 0) {
    if (run > count) run = count;
    const sum = sums + (<usize> channel << 3);
    store<f64>(sum, load<f64>(sum) + sumRun(data, run));
    data += <usize> run << 2;
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
}

/** Four pairs of partial sums hide the latency of the additions. */
function sumRun(data: usize, count: i32): f64 {
  let sum0 = f64x2.splat(0);
  let sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (; count >= 8; count -= 8) {
    const x0 = v128.load(data);
    const x1 = v128.load(data, 16);
    sum0 = f64x2.add(sum0, lowerDoubles(x0));
    sum1 = f64x2.add(sum1, upperDoubles(x0));
    sum2 = f64x2.add(sum2, lowerDoubles(x1));
    sum3 = f64x2.add(sum3, upperDoubles(x1));
    data += 32;
  }
  sum0 = f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3));
  let sum = f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1);
  for (; count > 0; count--) {
    sum += <f64> load<f32>(data);
    data += 4;
  }
  return sum;
}

/** Neighbours belong to neighbouring channels. */
function sumAcross(data: usize, count: i32, channel: i32, channels: i32, sums: usize): void {
  while (count > 0) {
    let run = min(channels - channel, count);
    count -= run;
    let sum = sums + (<usize> channel << 3);
    channel = 0;
    for (; run >= 4; run -= 4) {
      const x = v128.load(data);
      v128.store(sum, f64x2.add(v128.load(sum), lowerDoubles(x)));
      v128.store(sum, f64x2.add(v128.load(sum, 16), upperDoubles(x)), 16);
      data += 16;
      sum += 32;
    }
    for (; run > 0; run--) {
      store<f64>(sum, load<f64>(sum) + <f64> load<f32>(data));
      data += 4;
      sum += 8;
    }
  }
}
