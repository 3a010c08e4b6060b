// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { joinFloats } from "./doubles.ts";
import { loadFour } from "./load_four.ts";

/** `count` stored bytes to floats: `scale * (stored + zero)` with doubles for each channel. */
export function dequantize8Unsigned(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  dequantizeRuns<u8>(source, target, count, first, inner, channel, channels, scales, zeros);
}

/** The same for i8. */
export function dequantize8Signed(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  dequantizeRuns<i8>(source, target, count, first, inner, channel, channels, scales, zeros);
}

/** The same for u16. */
export function dequantize16Unsigned(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  dequantizeRuns<u16>(source, target, count, first, inner, channel, channels, scales, zeros);
}

/** The same for i16. */
export function dequantize16Signed(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  dequantizeRuns<i16>(source, target, count, first, inner, channel, channels, scales, zeros);
}

/** The same for u32. */
export function dequantize32Unsigned(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  dequantizeRuns<u32>(source, target, count, first, inner, channel, channels, scales, zeros);
}

/** The same for i32. */
export function dequantize32Signed(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  dequantizeRuns<i32>(source, target, count, first, inner, channel, channels, scales, zeros);
}

function dequantizeRuns<T>(
  source: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  if (inner == 1) {
    dequantizeAcross<T>(source, target, count, channel, channels, scales, zeros);
    return;
  }
  let run = first;
  while (count > 0) {
    if (run > count) run = count;
    const scale = load<f64>(scales + (<usize> channel << 3));
    const zero = load<f64>(zeros + (<usize> channel << 3));
    dequantizeRun<T>(source, target, run, scale, zero);
    source += <usize> run * sizeof<T>();
    target += <usize> run << 2;
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
}

function dequantizeRun<T>(source: usize, target: usize, count: i32, scale: f64, zero: f64): void {
  const scales = f64x2.splat(scale);
  const zeros = f64x2.splat(zero);
  for (; count >= 4; count -= 4) {
    const stored = loadFour<T>(source);
    v128.store(
      target,
      joinFloats(
        f64x2.mul(f64x2.add(firstTwo<T>(stored), zeros), scales),
        f64x2.mul(f64x2.add(lastTwo<T>(stored), zeros), scales),
      ),
    );
    source += 4 * sizeof<T>();
    target += 16;
  }
  for (; count > 0; count--) {
    store<f32>(target, <f32> ((<f64> load<T>(source) + zero) * scale));
    source += sizeof<T>();
    target += 4;
  }
}

/** Neighbours belong to neighbouring channels. */
function dequantizeAcross<T>(
  source: usize,
  target: usize,
  count: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  zeros: usize,
): void {
  while (count > 0) {
    let run = min(channels - channel, count);
    count -= run;
    let scale = scales + (<usize> channel << 3);
    let zero = zeros + (<usize> channel << 3);
    channel = 0;
    for (; run >= 4; run -= 4) {
      const stored = loadFour<T>(source);
      const lower = f64x2.add(firstTwo<T>(stored), v128.load(zero));
      const upper = f64x2.add(lastTwo<T>(stored), v128.load(zero, 16));
      v128.store(
        target,
        joinFloats(
          f64x2.mul(lower, v128.load(scale)),
          f64x2.mul(upper, v128.load(scale, 16)),
        ),
      );
      source += 4 * sizeof<T>();
      target += 16;
      scale += 32;
      zero += 32;
    }
    for (; run > 0; run--) {
      const real = (<f64> load<T>(source) + load<f64>(zero)) * load<f64>(scale);
      store<f32>(target, <f32> real);
      source += sizeof<T>();
      target += 4;
      scale += 8;
      zero += 8;
    }
  }
}

function firstTwo<T>(stored: v128): v128 {
  return isSigned<T>() ? f64x2.convert_low_i32x4_s(stored) : f64x2.convert_low_i32x4_u(stored);
}

function lastTwo<T>(stored: v128): v128 {
  return firstTwo<T>(v128.shuffle<i64>(stored, stored, 1, 0));
}
