import type { Encoding, TensorEncoding } from "../tensor/mod.ts";
import type { Observer } from "./observer.ts";

/** Where values are clipped: more than half a step outside of a grid, which rounding does not explain. */
function limits({ min, max, scale }: Encoding): { readonly low: number; readonly high: number } {
  return { low: min - scale / 2, high: max + scale / 2 };
}

/**
 * Counts the values of a chunk that its encoding clips: those more than half a step outside.
 *
 * @param data The chunk.
 * @param encoding The encoding of the tensor.
 * @param place Where the chunk starts in the tensor, and the shape of the tensor.
 */
export function countClipped(
  data: Float32Array,
  { axis, encodings }: TensorEncoding,
  place: { readonly offset: number; readonly shape: readonly number[] },
): number {
  const inner = axis === undefined
    ? Infinity
    : place.shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  let clipped = 0;
  for (let start = 0; start < data.length;) {
    const index = place.offset + start;
    const channel = axis === undefined ? 0 : Math.floor(index / inner) % encodings.length;
    const end = Math.min(data.length, start + inner - (axis === undefined ? 0 : index % inner));
    const encoding = encodings[channel];
    if (encoding !== undefined) {
      const { low, high } = limits(encoding);
      for (let i = start; i < end; i++) {
        const value = data[i]!;
        if (value < low || value > high) clipped++;
      }
    }
    start = end;
  }
  return clipped;
}

/**
 * The share of observed values that an encoding clips, as far as the observer knows: none where the
 * ends lie inside; else what its histogram says, to within a bin.
 *
 * @returns A share from 0 to 1, or `undefined` if the observer does not know.
 */
export function clippedShare(observer: Observer, encoding: Encoding): number | undefined {
  const { low, high } = limits(encoding);
  const range = observer.range();
  if (range === undefined) return undefined;
  if (range.min >= low && range.max <= high) return 0;
  const bins = observer.bins?.();
  if (bins === undefined) return undefined;
  let all = 0;
  let clipped = 0;
  bins.mass.forEach((mass, i) => {
    const middle = bins.low + (i + 0.5) * bins.width;
    all += mass;
    if (middle < low || middle > high) clipped += mass;
  });
  return all > 0 ? clipped / all : undefined;
}
