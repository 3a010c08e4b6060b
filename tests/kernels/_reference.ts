/** The encoding rule in plain doubles, one number at a time, to hold the kernels against. */

/** A grid: `real = scale * (q + offset)`, `0 <= q < levels`. */
export interface Grid {
  readonly scale: number;
  readonly offset: number;
  readonly levels: number;
}

/** `clamp(roundHalfAway(x / scale - offset), 0, levels - 1)`; 0 for NaN. */
export function codeOf(x: number, { scale, offset, levels }: Grid): number {
  const place = x / scale - offset;
  if (Number.isNaN(place)) return 0;
  const rounded = place < 0 ? -Math.round(-place) : Math.round(place);
  return Math.min(Math.max(rounded, 0), levels - 1) + 0;
}

/** `fround(scale * (q + offset))`. */
export function valueOf(code: number, { scale, offset }: Grid): number {
  return Math.fround(scale * (code + offset));
}

/** Floats at and right beside the ties of a grid, and beyond its ends. */
export function floatsNearTies(grid: Grid, ties: Iterable<number>): Float32Array<ArrayBuffer> {
  const floats: number[] = [];
  const neighbours = new Float32Array(1);
  const bits = new Int32Array(neighbours.buffer);
  for (const tie of ties) {
    neighbours[0] = (tie + 0.5 + grid.offset) * grid.scale;
    const middle = bits[0] ?? 0;
    for (let step = -3; step <= 3; step++) {
      bits[0] = middle + step;
      floats.push(neighbours[0] ?? 0);
    }
  }
  return Float32Array.from(floats);
}

/** Grids of many sizes: powers of two (exact ties), thirds, the largest and smallest scales. */
export function gridsOf(levels: number): Grid[] {
  const scales = [
    1,
    2 ** -7,
    1 / 3,
    10.2 / 255,
    0.1,
    Math.PI * 1e-4,
    7.77e3,
    2 ** -120,
    1e-31,
    1e-40,
    1e31,
    1e37,
  ];
  const offsets = [0, -1, -Math.floor(levels / 2), -(levels - 1), 3, -3 * levels];
  return scales.flatMap((scale) => offsets.map((offset) => ({ scale, offset, levels })));
}
