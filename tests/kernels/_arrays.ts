import { allocate } from "../../src/kernels/mod.ts";

/** Numbers that trip up kernels, to be mixed into random data. */
export const AWKWARD_FLOATS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  Math.fround(0.1),
  Math.fround(3.4028234663852886e38),
  -Math.fround(3.4028234663852886e38),
];

/** Lengths around the steps of the vector loops and of the staging blocks. */
export const LENGTHS: readonly number[] = [
  0,
  1,
  3,
  4,
  5,
  15,
  16,
  17,
  63,
  64,
  65,
  1000,
  16383,
  16400,
];

/** Repeatable numbers in [0, 1). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `length` floats, about normal, a few of them awkward. */
export function createFloats(length: number, seed = 1): Float32Array<ArrayBuffer> {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => {
    const choice = random();
    if (choice < 0.02) {
      return AWKWARD_FLOATS[Math.floor(random() * AWKWARD_FLOATS.length)] ?? 0;
    }
    return (random() + random() + random() - 1.4) * 2 ** Math.floor(choice * 8);
  });
}

/** Runs `check` on an ordinary copy of the data, then on one in kernel memory, off the alignment. */
export function inAndOutside(
  data: Float32Array,
  check: (data: Float32Array<ArrayBuffer>) => void,
): void {
  check(Float32Array.from(data));
  using buffer = allocate(data.byteLength + 4);
  const placed = buffer.float32().subarray(1);
  placed.set(data);
  check(placed);
}
