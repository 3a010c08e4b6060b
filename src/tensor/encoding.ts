/**
 * How real numbers are stored as integers: `real = scale * (q + offset)` with `q` in
 * `[0, 2^bitwidth - 1]`. Symmetric signed storage is the same thing with `q` shifted by
 * `2^(bitwidth - 1)`; the shift happens where bytes are written.
 */
export interface Encoding {
  /** Bits of one stored integer. */
  readonly bitwidth: number;
  /** The real number of `q = 0`: `scale * offset`. */
  readonly min: number;
  /** The real number of the largest `q`. */
  readonly max: number;
  /** The step between neighbours; positive. */
  readonly scale: number;
  /** An integer `<= 0`; `-offset` is the `q` of real zero. */
  readonly offset: number;
  /** Whether the grid was chosen symmetric around zero. */
  readonly symmetric: boolean;
}

/** Encodings of one tensor: one for the whole tensor, or one for each index along `axis`. */
export interface TensorEncoding {
  /** The axis the encodings run along; absent for a per-tensor encoding. */
  readonly axis?: number;
  /** One element per tensor, or as many as the axis is long. */
  readonly encodings: readonly Encoding[];
}

/**
 * How many codes an encoding uses: `2^bitwidth`, or one fewer where the grid is strictly symmetric
 * (as many steps below zero as above), which has no use for the largest code.
 */
export function countLevels({ bitwidth, min, max, scale, offset }: Encoding): number {
  const levels = 2 ** bitwidth;
  const isStrict = offset === 1 - levels / 2 && Math.abs(min + max) < scale / 2;
  return isStrict ? levels - 1 : levels;
}
