// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { joinFloats, lowerDoubles, upperDoubles } from "./doubles.ts";

/**
 * Multiplies `count` floats in place by the factor (double) of their channel and rounds the product
 * once. They begin in `channel` with a run of `first` elements, followed by runs of `inner`.
 */
export function scaleChannels(
  data: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  factors: usize,
): void {
  if (inner == 1) {
    scaleAcross(data, count, channel, channels, factors);
    return;
  }
  let run = first;
  while (count > 0) {
    if (run > count) run = count;
    scaleRun(data, run, load<f64>(factors + (<usize> channel << 3)));
    data += <usize> run << 2;
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
}

function scaleRun(data: usize, count: i32, factor: f64): void {
  const factors = f64x2.splat(factor);
  for (; count >= 4; count -= 4) {
    const x = v128.load(data);
    v128.store(
      data,
      joinFloats(f64x2.mul(lowerDoubles(x), factors), f64x2.mul(upperDoubles(x), factors)),
    );
    data += 16;
  }
  for (; count > 0; count--) {
    store<f32>(data, <f32> (<f64> load<f32>(data) * factor));
    data += 4;
  }
}

/** Neighbours belong to neighbouring channels. */
function scaleAcross(
  data: usize,
  count: i32,
  channel: i32,
  channels: i32,
  factors: usize,
): void {
  while (count > 0) {
    let run = min(channels - channel, count);
    count -= run;
    let factor = factors + (<usize> channel << 3);
    channel = 0;
    for (; run >= 4; run -= 4) {
      const x = v128.load(data);
      v128.store(
        data,
        joinFloats(
          f64x2.mul(lowerDoubles(x), v128.load(factor)),
          f64x2.mul(upperDoubles(x), v128.load(factor, 16)),
        ),
      );
      data += 16;
      factor += 32;
    }
    for (; run > 0; run--) {
      store<f32>(data, <f32> (<f64> load<f32>(data) * load<f64>(factor)));
      data += 4;
      factor += 8;
    }
  }
}
