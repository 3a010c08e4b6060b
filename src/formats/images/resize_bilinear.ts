import type { Pixels } from "./decode_image.ts";

/** Fraction bits of the weights: what 32 bits leave beside 8-bit pixels and two bits of headroom. */
const WEIGHT_BITS = 32 - 8 - 2;

/** Components of a pixel: red, green, blue, alpha. */
const COMPONENTS = 4;

/** The source pixels, with their weights, that make up each pixel of the target along one axis. */
interface Weights {
  /** The first source pixel of each target pixel. */
  readonly first: Int32Array;
  /** How many source pixels each target pixel has. */
  readonly count: Int32Array;
  /** Weights times 2^22, `reach` places a target pixel. */
  readonly fixed: Int32Array;
  /** Places a target pixel has in `fixed`. */
  readonly reach: number;
}

/**
 * Resizes with the triangle filter, widened where the image shrinks (antialiasing), to the same
 * bytes as Pillow's `Image.resize(size, BILINEAR)`: weights in 22-bit fixed point, first along the
 * rows and then along the columns, rounded to 8 bits after each. Every component is taken by
 * itself: alpha does not weigh colours.
 *
 * Pillow 13 turns the two passes round where the height loses more than twice as many pixels as
 * the width; older ones never do. This follows the older ones: a byte differs by 1 at most.
 *
 * @param pixels The image.
 * @param size Width and height of the result, both at least 1.
 */
export function resizeBilinear(pixels: Pixels, size: readonly [number, number]): Pixels {
  const [width, height] = size;
  const wide = width === pixels.width ? pixels : resizeRows(pixels, width);
  return height === pixels.height ? wide : resizeColumns(wide, height);
}

function resizeRows({ data, width, height }: Pixels, target: number): Pixels {
  const weights = weightsFor(width, target);
  const result = new Uint8ClampedArray(target * height * COMPONENTS);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * width * COMPONENTS;
    for (let x = 0; x < target; x++, to += COMPONENTS) {
      blend(data, weights, { place: x, start: row, step: COMPONENTS, result, to });
    }
  }
  return { width: target, height, data: result };
}

function resizeColumns({ data, width, height }: Pixels, target: number): Pixels {
  const weights = weightsFor(height, target);
  const result = new Uint8ClampedArray(width * target * COMPONENTS);
  const step = width * COMPONENTS;
  for (let y = 0, to = 0; y < target; y++) {
    for (let column = 0; column < step; column += COMPONENTS, to += COMPONENTS) {
      blend(data, weights, { place: y, start: column, step, result, to });
    }
  }
  return { width, height: target, data: result };
}

/** The triangle over the source pixels around the centre of each target pixel, its sum made 1. */
function weightsFor(source: number, target: number): Weights {
  const scale = source / target;
  const support = Math.max(scale, 1);
  const reach = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const fixed = new Int32Array(target * reach);
  const inverse = 1 / support;
  for (let place = 0; place < target; place++) {
    const centre = (place + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(source, Math.trunc(centre + support + 0.5));
    const weights = Array.from(
      { length: end - start },
      (_, index) => Math.max(0, 1 - Math.abs((index + start - centre + 0.5) * inverse)),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    first[place] = start;
    count[place] = end - start;
    for (const [index, weight] of weights.entries()) {
      fixed[place * reach + index] = Math.trunc(weight / sum * 2 ** WEIGHT_BITS + 0.5);
    }
  }
  return { first, count, fixed, reach };
}

/** Where a target pixel's source pixels lie, and where it goes. */
interface Blend {
  readonly place: number;
  readonly start: number;
  readonly step: number;
  readonly result: Uint8ClampedArray;
  readonly to: number;
}

/** One pixel. Sums stay below 2^31: a component has 8 bits, the weights add up to about 2^22. */
function blend(source: Uint8ClampedArray, weights: Weights, target: Blend): void {
  const { place, start, step, result, to } = target;
  const { fixed } = weights;
  let red = 1 << (WEIGHT_BITS - 1);
  let green = red;
  let blue = red;
  let alpha = red;
  let from = start + (weights.first[place] ?? 0) * step;
  let tap = place * weights.reach;
  for (const end = tap + (weights.count[place] ?? 0); tap < end; tap++, from += step) {
    const weight = fixed[tap] ?? 0;
    red += weight * (source[from] ?? 0);
    green += weight * (source[from + 1] ?? 0);
    blue += weight * (source[from + 2] ?? 0);
    alpha += weight * (source[from + 3] ?? 0);
  }
  result[to] = red >> WEIGHT_BITS;
  result[to + 1] = green >> WEIGHT_BITS;
  result[to + 2] = blue >> WEIGHT_BITS;
  result[to + 3] = alpha >> WEIGHT_BITS;
}
