// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { codeOf, codesOf } from "./codes.ts";
import { ROUND, trustedSquare } from "./single_precision.ts";

/** `count` floats to 8-bit codes less `shift`, a scale and an offset (doubles) for each channel. */
export function quantize8(
  data: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  offsets: usize,
  top: f64,
  shift: i32,
): void {
  quantizeRuns<u8>(
    data,
    target,
    count,
    first,
    inner,
    channel,
    channels,
    scales,
    offsets,
    top,
    shift,
  );
}

/** The same for 16-bit codes. */
export function quantize16(
  data: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  offsets: usize,
  top: f64,
  shift: i32,
): void {
  quantizeRuns<u16>(
    data,
    target,
    count,
    first,
    inner,
    channel,
    channels,
    scales,
    offsets,
    top,
    shift,
  );
}

/** The same for 32-bit codes. */
export function quantize32(
  data: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  offsets: usize,
  top: f64,
  shift: i32,
): void {
  quantizeRuns<u32>(
    data,
    target,
    count,
    first,
    inner,
    channel,
    channels,
    scales,
    offsets,
    top,
    shift,
  );
}

function quantizeRuns<T>(
  data: usize,
  target: usize,
  count: i32,
  first: i32,
  inner: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  offsets: usize,
  top: f64,
  shift: i32,
): void {
  if (inner == 1) {
    quantizeAcross<T>(data, target, count, channel, channels, scales, offsets, top, shift);
    return;
  }
  let run = first;
  while (count > 0) {
    if (run > count) run = count;
    const scale = load<f64>(scales + (<usize> channel << 3));
    const offset = load<f64>(offsets + (<usize> channel << 3));
    if (sizeof<T>() == 1) quantizeBytes(data, target, run, scale, offset, top, shift);
    else quantizeExactly<T>(data, target, run, scale, offset, top, shift);
    data += <usize> run << 2;
    target += <usize> run * sizeof<T>();
    count -= run;
    run = inner;
    if (++channel == channels) channel = 0;
  }
}

/** Neighbours belong to neighbouring channels. */
function quantizeAcross<T>(
  data: usize,
  target: usize,
  count: i32,
  channel: i32,
  channels: i32,
  scales: usize,
  offsets: usize,
  top: f64,
  shift: i32,
): void {
  const tops = f64x2.splat(top);
  const shifts = i32x4.splat(shift);
  while (count > 0) {
    let run = min(channels - channel, count);
    count -= run;
    let scale = scales + (<usize> channel << 3);
    let offset = offsets + (<usize> channel << 3);
    channel = 0;
    for (; run >= 4; run -= 4) {
      const codes = codesOf(
        v128.load(data),
        v128.load(scale),
        v128.load(scale, 16),
        v128.load(offset),
        v128.load(offset, 16),
        tops,
      );
      storeCodes<T>(target, i32x4.sub(codes, shifts));
      data += 16;
      target += 4 * sizeof<T>();
      scale += 32;
      offset += 32;
    }
    for (; run > 0; run--) {
      const code = codeOf(load<f32>(data), load<f64>(scale), load<f64>(offset), top);
      store<T>(target, <T> (code - shift));
      data += 4;
      target += sizeof<T>();
      scale += 8;
      offset += 8;
    }
  }
}

/** Double precision throughout. */
function quantizeExactly<T>(
  data: usize,
  target: usize,
  count: i32,
  scale: f64,
  offset: f64,
  top: f64,
  shift: i32,
): void {
  const scales = f64x2.splat(scale);
  const offsets = f64x2.splat(offset);
  const tops = f64x2.splat(top);
  const shifts = i32x4.splat(shift);
  for (; count >= 4; count -= 4) {
    const codes = codesOf(v128.load(data), scales, scales, offsets, offsets, tops);
    storeCodes<T>(target, i32x4.sub(codes, shifts));
    data += 16;
    target += 4 * sizeof<T>();
  }
  for (; count > 0; count--) {
    store<T>(target, <T> (codeOf(load<f32>(data), scale, offset, top) - shift));
    data += 4;
    target += sizeof<T>();
  }
}

/**
 * Single precision, sixteen at a time; a group with an element near a tie is done in double. One
 * addition takes the offset away, rounds, and leaves the code in the low byte.
 */
function quantizeBytes(
  data: usize,
  target: usize,
  count: i32,
  scale: f64,
  offset: f64,
  top: f64,
  shift: i32,
): void {
  const square = count < 16 ? <f32> -1 : trustedSquare(scale, offset, top);
  if (square < 0) {
    quantizeExactly<u8>(data, target, count, scale, offset, top, shift);
    return;
  }
  const squares = f32x4.splat(square);
  const inverse = f32x4.splat(<f32> (1 / scale));
  const round = f32x4.splat(ROUND - <f32> offset);
  const first = f32x4.splat(ROUND);
  const last = f32x4.splat(ROUND + <f32> top);
  const lowByte = i32x4.splat(0xff);
  const shifts = i8x16.splat(<i8> shift);
  for (; count >= 16; count -= 16) {
    const p0 = f32x4.mul(v128.load(data), inverse);
    const p1 = f32x4.mul(v128.load(data, 16), inverse);
    const p2 = f32x4.mul(v128.load(data, 32), inverse);
    const p3 = f32x4.mul(v128.load(data, 48), inverse);
    const r0 = f32x4.add(p0, round);
    const r1 = f32x4.add(p1, round);
    const r2 = f32x4.add(p2, round);
    const r3 = f32x4.add(p3, round);
    const d0 = f32x4.sub(p0, f32x4.sub(r0, round));
    const d1 = f32x4.sub(p1, f32x4.sub(r1, round));
    const d2 = f32x4.sub(p2, f32x4.sub(r2, round));
    const d3 = f32x4.sub(p3, f32x4.sub(r3, round));
    const farthest = f32x4.pmax(
      f32x4.pmax(f32x4.mul(d0, d0), f32x4.mul(d1, d1)),
      f32x4.pmax(f32x4.mul(d2, d2), f32x4.mul(d3, d3)),
    );
    if (v128.all_true<i32>(f32x4.lt(farthest, squares))) {
      const q0 = v128.and(f32x4.pmin(last, f32x4.pmax(first, r0)), lowByte);
      const q1 = v128.and(f32x4.pmin(last, f32x4.pmax(first, r1)), lowByte);
      const q2 = v128.and(f32x4.pmin(last, f32x4.pmax(first, r2)), lowByte);
      const q3 = v128.and(f32x4.pmin(last, f32x4.pmax(first, r3)), lowByte);
      const codes = i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_s(q0, q1),
        i16x8.narrow_i32x4_s(q2, q3),
      );
      v128.store(target, i8x16.sub(codes, shifts));
    } else {
      quantizeExactly<u8>(data, target, 16, scale, offset, top, shift);
    }
    data += 64;
    target += 16;
  }
  quantizeExactly<u8>(data, target, count, scale, offset, top, shift);
}

/** Stores the low bits of four 32-bit integers. */
function storeCodes<T>(target: usize, codes: v128): void {
  if (sizeof<T>() == 1) {
    const bytes = v128.shuffle<i8>(
      codes,
      codes,
      0,
      4,
      8,
      12,
      0,
      4,
      8,
      12,
      0,
      4,
      8,
      12,
      0,
      4,
      8,
      12,
    );
    v128.store32_lane(target, bytes, 0);
  } else if (sizeof<T>() == 2) {
    v128.store64_lane(target, v128.shuffle<i16>(codes, codes, 0, 2, 4, 6, 0, 2, 4, 6), 0);
  } else {
    v128.store(target, codes);
  }
}
