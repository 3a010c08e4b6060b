import { countElements } from "../data_type.ts";
import type { Span } from "./element_reader.ts";

/**
 * A box within an array whose elements lie in one run: one index on the outer axes, a range on one
 * axis, everything on the axes behind it.
 */
export interface Slab extends Span {
  /** The lowest index on each axis. */
  readonly lows: readonly number[];
  /** How many indices on each axis. */
  readonly counts: readonly number[];
}

/**
 * The slab that holds an element, where an array is cut into slabs as large as allowed.
 *
 * @param shape The dimensions of the array.
 * @param maxElements The most elements of a slab.
 * @param place The element's index in row-major order.
 */
export function slabAt(shape: readonly number[], maxElements: number, place: number): Slab {
  let axis = shape.length - 1;
  let inner = 1;
  while (axis > 0 && inner * (shape[axis] ?? 1) <= maxElements) {
    inner *= shape[axis] ?? 1;
    axis--;
  }
  const length = shape[axis] ?? 1;
  const step = Math.min(length, Math.max(1, Math.floor(maxElements / inner)));
  const outerIndex = Math.floor(place / (length * inner));
  const low = Math.floor(place / inner) % length;
  const first = low - low % step;
  const count = Math.min(step, length - first);
  const lows = shape.map(() => 0);
  for (let outer = axis - 1, rest = outerIndex; outer >= 0; outer--) {
    const dimension = shape[outer] ?? 1;
    lows[outer] = rest % dimension;
    rest = Math.floor(rest / dimension);
  }
  lows[axis] = first;
  const counts = shape.map((dimension, index) =>
    index < axis ? 1 : index > axis ? dimension : count
  );
  return {
    start: (outerIndex * length + first) * inner,
    count: count * inner,
    lows,
    counts,
  };
}

/** All slabs of an array, in row-major order. */
export function* cutIntoSlabs(shape: readonly number[], maxElements: number): Generator<Slab> {
  const elements = countElements(shape);
  for (let place = 0; place < elements;) {
    const slab = slabAt(shape, maxElements, place);
    yield slab;
    place += slab.count;
  }
}
