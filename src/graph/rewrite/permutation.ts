/** An order of axes as Transpose has it: result axis `i` is input axis `order[i]`. */
export type Order = readonly number[];

/** Whether an order changes nothing. */
export function isIdentityOrder(order: Order): boolean {
  return order.every((axis, i) => axis === i);
}

/** The order of one Transpose that does what `first` and then `second` do. */
export function composeOrders(first: Order, second: Order): Order {
  return second.map((axis) => first[axis] ?? axis);
}

/** The order that undoes `order`. */
export function invertOrder(order: Order): Order {
  const inverse = new Array<number>(order.length).fill(0);
  for (const [i, axis] of order.entries()) inverse[axis] = i;
  return inverse;
}

/** Lists something given for each axis of a result in the order of the input's axes. */
export function toInputOrder<T>(perAxis: readonly T[], order: Order): readonly T[] {
  return invertOrder(order).flatMap((i) => perAxis.slice(i, i + 1));
}

/**
 * The order that is left when axes of the result go.
 *
 * @param order The order before.
 * @param removed Axes of the result.
 */
export function withoutAxes(order: Order, removed: readonly number[]): Order {
  const kept = order.filter((_, i) => !removed.includes(i));
  const ranked = kept.toSorted((a, b) => a - b);
  return kept.map((axis) => ranked.indexOf(axis));
}

/** Whether an order leaves the elements of a tensor of this shape where they are. */
export function keepsElements(order: Order, inputShape: readonly number[]): boolean {
  const wide = order.filter((axis) => inputShape[axis] !== 1);
  return wide.every((axis, i) => i === 0 || (wide[i - 1] ?? -1) < axis);
}
