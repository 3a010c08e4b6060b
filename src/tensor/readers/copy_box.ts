/** A row-major array that a box is copied into. */
export interface BoxTarget {
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Its dimensions. */
  readonly shape: readonly number[];
  /** Where the box begins on each axis. */
  readonly lows: readonly number[];
}

/**
 * Copies a box, whose elements lie in one run, to its place in a larger array.
 *
 * @param source The bytes of the box.
 * @param target The larger array.
 * @param box Dimensions of the box, and the size of an element.
 */
export function copyBox(
  source: Uint8Array,
  target: BoxTarget,
  box: { readonly counts: readonly number[]; readonly bytesPerElement: number },
): void {
  const { counts, bytesPerElement } = box;
  // Axes at the end that the box fills are one run.
  let axis = counts.length - 1;
  let run = bytesPerElement;
  let stride = bytesPerElement;
  while (axis > 0 && counts[axis] === target.shape[axis]) {
    run *= counts[axis] ?? 1;
    stride *= target.shape[axis] ?? 1;
    axis--;
  }
  run *= counts[axis] ?? 1;
  const strides = target.shape.map(() => stride);
  for (let outer = axis - 1; outer >= 0; outer--) {
    strides[outer] = (strides[outer + 1] ?? 1) * (target.shape[outer + 1] ?? 1);
  }
  const index = target.lows.slice(0, axis).fill(0);
  let place = target.lows.slice(0, axis + 1)
    .reduce((sum, low, outer) => sum + low * (strides[outer] ?? 0), 0);
  for (let from = 0; from < source.length; from += run) {
    if (run < 32) {
      for (let byte = 0; byte < run; byte++) target.bytes[place + byte] = source[from + byte] ?? 0;
    } else {
      target.bytes.set(source.subarray(from, from + run), place);
    }
    for (let outer = axis - 1; outer >= 0; outer--) {
      place += strides[outer] ?? 0;
      const next = (index[outer] ?? 0) + 1;
      if (next < (counts[outer] ?? 1)) {
        index[outer] = next;
        break;
      }
      index[outer] = 0;
      place -= next * (strides[outer] ?? 0);
    }
  }
}
