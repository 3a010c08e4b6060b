import type { Encoding } from "../../tensor/mod.ts";

/**
 * Tells that a strict symmetric grid (one code fewer, equal ends), which SNPE's converters refuse, is
 * widened when it is used.
 *
 * @param name The tensor.
 * @param grid Its first encoding, if it has any.
 * @returns The sentence, or `undefined` for any other grid: so many bits that float32 does not tell the
 *   ends apart say nothing.
 */
export function strictNotice(name: string, grid: Encoding | undefined): string | undefined {
  if (grid === undefined || !grid.symmetric || grid.min !== -grid.max) return undefined;
  if (grid.bitwidth > 24) return undefined;
  const half = 2 ** (grid.bitwidth - 1);
  return `The encoding of "${name}" is strict symmetric (offset ${1 - half}); ` +
    `it will be recomputed with offset ${-half}`;
}
