/** A permutation with as few axes as describe it. */
export interface AxisOrder {
  /** The dimensions of the source. */
  readonly shape: readonly number[];
  /** Target axis `i` is source axis `order[i]`. */
  readonly order: readonly number[];
  /** The size of an element. */
  readonly bytes: number;
}

/**
 * Drops axes of length 1, joins axes that stay neighbours, and counts short runs that stay together as
 * larger elements. An order that changes nothing becomes one axis, or none.
 */
export function simplifyOrder({ shape, order, bytes }: AxisOrder): AxisOrder {
  const groups: { first: number; last: number; length: number }[] = [];
  const kept = shape.map((_length, axis) => axis).filter((axis) => shape[axis] !== 1);
  for (const axis of order) {
    const position = kept.indexOf(axis);
    if (position === -1) continue;
    const length = shape[axis] ?? 1;
    const group = groups.at(-1);
    if (group !== undefined && group.last + 1 === position) {
      group.last = position;
      group.length *= length;
    } else {
      groups.push({ first: position, last: position, length });
    }
  }
  const sorted = groups.toSorted((a, b) => a.first - b.first);
  const inner = sorted.at(-1);
  if (groups.length > 1 && inner === groups.at(-1) && inner !== undefined) {
    const together = inner.length * bytes;
    if (together === 2 || together === 4 || together === 8) {
      return simplifyOrder({
        shape: sorted.slice(0, -1).map((group) => group.length),
        order: groups.slice(0, -1).map((group) => sorted.indexOf(group)),
        bytes: together,
      });
    }
  }
  return {
    shape: sorted.map((group) => group.length),
    order: groups.map((group) => sorted.indexOf(group)),
    bytes,
  };
}

/** The bytes between neighbours along each axis of a row-major array. */
export function stridesOf(shape: readonly number[], bytes: number): number[] {
  const strides: number[] = [];
  let stride = bytes;
  for (const length of shape.toReversed()) {
    strides.unshift(stride);
    stride *= length;
  }
  return strides;
}
