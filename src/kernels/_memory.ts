import { heapBase, memory } from "./kernels.wasm";

if (!(memory.buffer instanceof ArrayBuffer)) {
  throw new TypeError("Cannot use kernel memory: it is shared");
}

/** All of kernel memory. It has a fixed size, so this buffer is the only one it ever has. */
export const MEMORY: ArrayBuffer = memory.buffer;

/** Room for the parameters and results of one call. */
export const CALL_ADDRESS = heapBase;
const CALL_BYTES = 256;

/** The most elements that are staged at once: input and output then stay in the second-level cache. */
export const BLOCK_ELEMENTS = 16384;
const BLOCK_BYTES = BLOCK_ELEMENTS * 8;

/** Where a block of an array outside kernel memory is read from. */
export const INPUT_ADDRESS = CALL_ADDRESS + CALL_BYTES;

/** Where a block for an array outside kernel memory is made. */
export const OUTPUT_ADDRESS = INPUT_ADDRESS + BLOCK_BYTES;

/** From here on memory is handed out. */
export const ALLOCATION_ADDRESS = OUTPUT_ADDRESS + BLOCK_BYTES;

/** Writes doubles where a call's parameters go and returns their address. */
export function placeDoubles(...values: number[]): number {
  new Float64Array(MEMORY, CALL_ADDRESS, values.length).set(values);
  return CALL_ADDRESS;
}
