// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { transposePlane } from "./transpose_plane.ts";

/**
 * Where axis `axis` of the target is described in `plan`: its length, and the bytes between
 * neighbours in the source and in the target.
 */
function lengthOf(plan: usize, axis: i32): i32 {
  return load<i32>(plan + <usize> axis * 12);
}
function sourceStrideOf(plan: usize, axis: i32): usize {
  return load<u32>(plan + <usize> axis * 12, 4);
}
function targetStrideOf(plan: usize, axis: i32): usize {
  return load<u32>(plan + <usize> axis * 12, 8);
}

/**
 * Copies elements of `bytes` bytes (1, 2, 4 or 8) into the order of the target. `plan` lists the
 * target's axes, outermost first, without axes of length 1; `inner` is the axis whose neighbours are
 * neighbours in the source.
 */
export function permute(
  source: usize,
  target: usize,
  plan: usize,
  rank: i32,
  inner: i32,
  bytes: i32,
): void {
  walk(source, target, plan, 0, rank - 1, inner, bytes);
}

/** Loops over the outer axes; the two (or one) innermost of source and target make a plane (or row). */
function walk(
  source: usize,
  target: usize,
  plan: usize,
  axis: i32,
  last: i32,
  inner: i32,
  bytes: i32,
): void {
  if (axis == last) {
    const length = lengthOf(plan, last);
    if (inner == last) copyRow(source, target, length * bytes);
    else {
      transposePlane(
        source,
        target,
        length,
        lengthOf(plan, inner),
        sourceStrideOf(plan, last),
        targetStrideOf(plan, inner),
        bytes,
      );
    }
    return;
  }
  if (axis == inner) {
    walk(source, target, plan, axis + 1, last, inner, bytes);
    return;
  }
  const sourceStride = sourceStrideOf(plan, axis);
  const targetStride = targetStrideOf(plan, axis);
  for (let left = lengthOf(plan, axis); left > 0; left--) {
    walk(source, target, plan, axis + 1, last, inner, bytes);
    source += sourceStride;
    target += targetStride;
  }
}

/** Short rows are common, and a bulk copy has a price of its own. */
function copyRow(source: usize, target: usize, bytes: i32): void {
  if (bytes >= 256) {
    memory.copy(target, source, bytes);
    return;
  }
  for (; bytes >= 16; bytes -= 16) {
    v128.store(target, v128.load(source));
    source += 16;
    target += 16;
  }
  for (; bytes >= 4; bytes -= 4) {
    store<u32>(target, load<u32>(source));
    source += 4;
    target += 4;
  }
  for (; bytes > 0; bytes--) {
    store<u8>(target, load<u8>(source));
    source++;
    target++;
  }
}
