// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { minMax } from "./min_max.ts";

/**
 * Widens `ranges` (minimum and maximum side by side, floats, one pair a channel) by `count` floats
 * that begin in `channel` with a run of `first` elements, followed by runs of `inner`.
 * Returns whether all are surely numbers, as `minMax` does.
 */
export function minMaxPerChannel(
  data: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  ranges: usize,
): bool {
  if (inner == 1) return minMaxAcross(data, count, channel, channels, ranges);
  let sure = true;
  let run = first;
  while (count > 0) {
    if (run > count) run = count;
    if (!minMax(data, run, ranges + (<usize> channel << 3))) sure = false;
    data += <usize> run << 2;
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
  return sure;
}

/** Neighbours belong to neighbouring channels: four pairs are widened at once. */
function minMaxAcross(
  data: usize,
  count: i32,
  channel: i32,
  channels: i32,
  ranges: usize,
): bool {
  let sum = f32x4.splat(0);
  while (count > 0) {
    let run = min(channels - channel, count);
    count -= run;
    let range = ranges + (<usize> channel << 3);
    channel = 0;
    for (; run >= 4; run -= 4) {
      const x = v128.load(data);
      sum = f32x4.add(sum, x);
      const pair0 = v128.load(range);
      const pair1 = v128.load(range, 16);
      const low = f32x4.pmin(v128.shuffle<i32>(pair0, pair1, 0, 2, 4, 6), x);
      const high = f32x4.pmax(v128.shuffle<i32>(pair0, pair1, 1, 3, 5, 7), x);
      v128.store(range, v128.shuffle<i32>(low, high, 0, 4, 1, 5));
      v128.store(range, v128.shuffle<i32>(low, high, 2, 6, 3, 7), 16);
      data += 16;
      range += 32;
    }
    for (; run > 0; run--) {
      const x = load<f32>(data);
      sum = f32x4.add(sum, f32x4.splat(x));
      if (x < load<f32>(range)) store<f32>(range, x);
      if (x > load<f32>(range, 4)) store<f32>(range, x, 4);
      data += 4;
      range += 8;
    }
  }
  return v128.all_true<i32>(f32x4.eq(sum, sum));
}
