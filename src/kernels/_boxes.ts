import { stridesOf } from "./_axis_order.ts";

/** A part of a row-major array: `counts[a]` indices from `starts[a]` on along each axis `a`. */
export interface Box {
  /** The first index along each axis. */
  readonly starts: readonly number[];
  /** How many indices along each axis. */
  readonly counts: readonly number[];
}

/** Cuts an array into boxes of at most `limit` elements, longest axes first, so that runs stay long. */
export function* cutIntoBoxes(shape: readonly number[], limit: number): Generator<Box> {
  const sides = [...shape];
  while (sides.reduce((product, side) => product * side, 1) > limit) {
    const longest = sides.indexOf(Math.max(...sides));
    sides[longest] = Math.ceil((sides[longest] ?? 1) / 2);
  }
  yield* boxesFrom(shape, sides, []);
}

function* boxesFrom(
  shape: readonly number[],
  sides: readonly number[],
  starts: readonly number[],
): Generator<Box> {
  const axis = starts.length;
  const length = shape[axis];
  const side = sides[axis];
  if (length === undefined || side === undefined) {
    const counts = starts.map((start, a) => Math.min(sides[a] ?? 1, (shape[a] ?? 1) - start));
    yield { starts, counts };
    return;
  }
  for (let start = 0; start < length; start += side) {
    yield* boxesFrom(shape, sides, [...starts, start]);
  }
}

/**
 * Visits a box's runs of bytes that lie together: where a run begins in the array, where in the box if
 * that is stored by itself, and how long it is.
 */
export function visitRuns(
  shape: readonly number[],
  { starts, counts }: Box,
  { bytes, visit }: {
    readonly bytes: number;
    readonly visit: (position: number, boxPosition: number, byteLength: number) => void;
  },
): void {
  const strides = stridesOf(shape, bytes);
  let last = shape.length - 1;
  while (last > 0 && counts[last] === shape[last]) last--;
  const runBytes = (counts[last] ?? 1) * (strides[last] ?? bytes);
  let boxPosition = 0;
  const walk = (axis: number, position: number): void => {
    const stride = strides[axis] ?? 0;
    const first = position + (starts[axis] ?? 0) * stride;
    if (axis >= last) {
      visit(first, boxPosition, runBytes);
      boxPosition += runBytes;
      return;
    }
    for (let index = 0; index < (counts[axis] ?? 1); index++) {
      walk(axis + 1, first + index * stride);
    }
  };
  walk(0, 0);
}
