/** Dimensions, and the order their axes take. */
export interface AxisOrder {
  /** The dimensions before. */
  readonly shape: readonly number[];
  /** Result axis `i` is axis `order[i]` before. */
  readonly order: readonly number[];
}

/**
 * States a permutation with as few axes as can be: those of length 1 are dropped, and those that
 * stay neighbours become one. A permutation that moves nothing has one axis left, or none.
 */
export function simplifyAxes({ shape, order }: AxisOrder): AxisOrder {
  const kept = order.filter((axis) => shape[axis] !== 1);
  const ranks = kept.toSorted((a, b) => a - b);
  const groups: { rank: number; last: number; length: number }[] = [];
  for (const axis of kept) {
    const rank = ranks.indexOf(axis);
    const length = shape[axis] ?? 1;
    const group = groups.at(-1);
    if (group?.last === rank - 1) {
      group.last = rank;
      group.length *= length;
    } else {
      groups.push({ rank, last: rank, length });
    }
  }
  const sorted = groups.toSorted((a, b) => a.rank - b.rank);
  return {
    shape: sorted.map((group) => group.length),
    order: groups.map((group) => sorted.indexOf(group)),
  };
}
