import { BLOCK_ELEMENTS, INPUT_ADDRESS, MEMORY, OUTPUT_ADDRESS } from "./_memory.ts";

/** What kernels read and write. */
export type KernelArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * Runs a kernel on a block: the addresses of input and output, how many elements, and the index of the
 * first one in the arrays.
 */
export type BlockWork = (input: number, output: number, count: number, start: number) => void;

/** Runs `work` on `source`, in place if it lies in kernel memory, else on copies of its blocks. */
export function readBlocks(source: KernelArray, work: BlockWork): void {
  if (source.length === 0) return;
  if (source.buffer === MEMORY) {
    work(source.byteOffset, source.byteOffset, source.length, 0);
    return;
  }
  for (let start = 0; start < source.length; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, source.length - start);
    stageIn(source, start, count);
    work(INPUT_ADDRESS, INPUT_ADDRESS, count, start);
  }
}

/** As {@linkcode readBlocks}, and what the kernel made of the input becomes the array's content. */
export function changeBlocks(data: KernelArray, work: BlockWork): void {
  const outside = data.buffer !== MEMORY;
  readBlocks(data, (input, output, count, start) => {
    work(input, output, count, start);
    if (outside) stageOut(INPUT_ADDRESS, data, start, count);
  });
}

/** Runs `work` from `source` to `target`; each is used in place if it lies in kernel memory. */
export function convertBlocks(source: KernelArray, target: KernelArray, work: BlockWork): void {
  if (source.length !== target.length) {
    throw new RangeError(
      `Cannot convert ${source.length} elements: the target has ${target.length}`,
    );
  }
  if (source.length === 0) return;
  const staged = source.buffer !== MEMORY;
  const outside = target.buffer !== MEMORY;
  if (!staged && !outside) {
    work(source.byteOffset, target.byteOffset, source.length, 0);
    return;
  }
  for (let start = 0; start < source.length; start += BLOCK_ELEMENTS) {
    const count = Math.min(BLOCK_ELEMENTS, source.length - start);
    if (staged) stageIn(source, start, count);
    work(
      staged ? INPUT_ADDRESS : source.byteOffset + start * source.BYTES_PER_ELEMENT,
      outside ? OUTPUT_ADDRESS : target.byteOffset + start * target.BYTES_PER_ELEMENT,
      count,
      start,
    );
    if (outside) stageOut(OUTPUT_ADDRESS, target, start, count);
  }
}

function stageIn(source: KernelArray, start: number, count: number): void {
  const bytes = bytesOf(source, start, count);
  new Uint8Array(MEMORY, INPUT_ADDRESS, bytes.length).set(bytes);
}

function stageOut(address: number, target: KernelArray, start: number, count: number): void {
  const bytes = bytesOf(target, start, count);
  bytes.set(new Uint8Array(MEMORY, address, bytes.length));
}

function bytesOf(array: KernelArray, start: number, count: number): Uint8Array {
  const size = array.BYTES_PER_ELEMENT;
  return new Uint8Array(array.buffer, array.byteOffset + start * size, count * size);
}
