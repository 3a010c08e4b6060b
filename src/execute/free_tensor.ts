import type { DenseTensor } from "../tensor/mod.ts";

/**
 * Gives the memory of a tensor back now; the garbage collector would let it pile up. Views of other
 * memory stay as they are.
 */
export function freeTensor({ data: { buffer, byteLength } }: DenseTensor): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
