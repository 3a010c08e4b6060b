import type { Encoding } from "../tensor/mod.ts";
import type { EncodingSchema } from "./encoding_schema.ts";

/** The smallest and the largest value of a tensor. */
export interface TensorRange {
  /** Smallest value. */
  readonly min: number;
  /** Largest value. */
  readonly max: number;
}

/** How a range becomes an integer grid. */
export interface EncodingOptions {
  /**
   * Bits of one stored integer, 2 to 32.
   *
   * @default {8}
   */
  readonly bitwidth?: number;
  /**
   * The least width of the range. SNPE's documents name 0.01 and 0.0001; only the top end grows.
   *
   * @default {0.01}
   */
  readonly minimumRange?: number;
  /**
   * Where the grid lies around zero.
   *
   * @default {"asymmetric"}
   */
  readonly schema?: EncodingSchema;
}

/** The largest finite float32; infinite ends of a range are cut to it. */
const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;

/** A narrower range would have steps that are no normal numbers. */
const SMALLEST_WIDTH = 2 ** -980;

/** Rounds to the nearest integer, ties away from zero, as C's `round`. */
export function roundHalfAway(value: number): number {
  const magnitude = Math.abs(value);
  const floor = Math.floor(magnitude);
  // Not Math.round: it adds one half, which rounds 0.49999999999999994 up.
  const rounded = magnitude - floor >= 0.5 ? floor + 1 : floor;
  return value < 0 && rounded > 0 ? -rounded : rounded;
}

/**
 * Computes the encoding of SNPE's default quantizer (`tf`, min/max): the range is widened to hold zero
 * and to the minimum width. The asymmetric one is then moved by a part of a step so that zero falls on
 * the grid; its width is kept, so one end of the data may lie up to half a step outside. The symmetric
 * ones reach as far as the larger end, `M`: with `2^(b-1) - 1` steps above zero, and below it one more
 * (`symmetric`) or as many (`strict-symmetric`); `unsigned-symmetric` has all its `2^b - 1` steps above
 * zero where nothing is negative, and is `symmetric` elsewhere.
 *
 * All arithmetic is in double precision; the step is always the width divided by the number of
 * steps, never a decimal constant (that would change ties).
 *
 * @param range The true smallest and largest value.
 * @param options Bit width, minimum range, schema.
 * @throws {RangeError} If an end is NaN, the ends are in the wrong order, or an option is out of range.
 *
 * @example Zero between two codes
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { computeEncoding } from "dlcstream";
 *
 * const encoding = computeEncoding({ min: -5.1, max: 5.1 });
 * assertEquals(encoding.offset, -128);
 * assertAlmostEquals(encoding.min, -5.12);
 * assertAlmostEquals(encoding.max, 5.08);
 * ```
 */
export function computeEncoding(range: TensorRange, options: EncodingOptions = {}): Encoding {
  const { bitwidth = 8, schema = "asymmetric" } = options;
  checkBitwidth(bitwidth);
  const { min: low, max: high } = widenRange(range, options);
  if (schema !== "asymmetric") {
    return computeSymmetric(Math.max(-low, high), { low, bitwidth, schema });
  }
  const steps = 2 ** bitwidth - 1;
  const scale = (high - low) / steps;
  if (low < 0 && high > 0) {
    const zero = Math.min(roundHalfAway(-low / scale), steps);
    const min = -(scale * zero) + 0;
    return { bitwidth, min, max: high - low + min, scale, offset: 0 - zero, symmetric: false };
  }
  return {
    bitwidth,
    min: low,
    max: high,
    scale,
    offset: roundHalfAway(low / scale),
    symmetric: false,
  };
}

/**
 * Widens a range to hold zero and to the minimum width, at its top end; infinite ends are cut to the
 * float32 limits.
 *
 * @throws {RangeError} If an end is NaN, the ends are in the wrong order, or no width comes out.
 */
export function widenRange(
  range: TensorRange,
  options: Pick<EncodingOptions, "minimumRange"> = {},
): TensorRange {
  const { minimumRange = 0.01 } = options;
  if (!(minimumRange >= 0 && minimumRange <= FLOAT32_MAX)) {
    throw new RangeError(
      `Cannot compute an encoding: minimum range ${minimumRange}, expected a finite number >= 0`,
    );
  }
  if (!(range.min <= range.max)) {
    throw new RangeError(
      `Cannot compute an encoding: range [${range.min}, ${range.max}], expected min <= max`,
    );
  }
  // Adding 0 turns -0 into 0.
  const min = Math.min(0, Math.max(range.min, -FLOAT32_MAX)) + 0;
  const max = Math.max(0, Math.min(range.max, FLOAT32_MAX), min + minimumRange);
  if (max - min < SMALLEST_WIDTH) {
    throw new RangeError(`Cannot compute an encoding: the range [${min}, ${max}] has no width`);
  }
  return { min, max };
}

/** The symmetric grid that reaches to `magnitude` and no farther on its positive side. */
function computeSymmetric(
  magnitude: number,
  { low, bitwidth, schema }: {
    readonly low: number;
    readonly bitwidth: number;
    readonly schema: EncodingSchema;
  },
): Encoding {
  if (schema === "unsigned-symmetric" && low === 0) {
    const scale = magnitude / (2 ** bitwidth - 1);
    return { bitwidth, min: 0, max: magnitude, scale, offset: 0, symmetric: true };
  }
  const above = 2 ** (bitwidth - 1) - 1;
  const scale = magnitude / above;
  const below = schema === "strict-symmetric" ? above : above + 1;
  return {
    bitwidth,
    min: schema === "strict-symmetric" ? -magnitude : -(scale * below),
    max: magnitude,
    scale,
    offset: -below,
    symmetric: true,
  };
}

/**
 * Computes the symmetric encoding of a 32-bit bias as SNPE's tools print it: `scale = M / 2^31` with
 * `M` the largest magnitude, offset `-2^31`.
 *
 * @param range The true smallest and largest value.
 * @param options The minimum of `M` is half of `minimumRange`.
 * @throws {RangeError} If an end is not finite or the range is `[0, 0]` with minimum range 0.
 */
export function computeBiasEncoding32(
  range: TensorRange,
  options: Pick<EncodingOptions, "minimumRange"> = {},
): Encoding {
  const { minimumRange = 0.01 } = options;
  const magnitude = Math.max(Math.abs(range.min), Math.abs(range.max), minimumRange / 2);
  if (!(magnitude > 0 && magnitude <= FLOAT32_MAX)) {
    throw new RangeError(
      `Cannot compute a 32-bit encoding: largest magnitude ${magnitude}, expected a finite number > 0`,
    );
  }
  const scale = magnitude / 2 ** 31;
  return {
    bitwidth: 32,
    min: -magnitude,
    max: scale * (2 ** 31 - 1),
    scale,
    offset: -(2 ** 31),
    symmetric: true,
  };
}

/** The integer that stands for a real number: the nearest one, ties away from zero, clamped. */
export function encodeNumber(real: number, encoding: Encoding): number {
  if (Number.isNaN(real)) throw new RangeError("Cannot encode NaN");
  const code = roundHalfAway(real / encoding.scale - encoding.offset);
  return Math.min(Math.max(code, 0), 2 ** encoding.bitwidth - 1);
}

/** The real number a stored integer stands for: `scale * (q + offset)`. */
export function decodeNumber(code: number, encoding: Encoding): number {
  return encoding.scale * (code + encoding.offset);
}

function checkBitwidth(bitwidth: number): void {
  if (!Number.isInteger(bitwidth) || bitwidth < 2 || bitwidth > 32) {
    throw new RangeError(
      `Cannot compute an encoding: bit width ${bitwidth}, expected an integer from 2 to 32`,
    );
  }
}
